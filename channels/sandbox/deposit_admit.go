package sandbox

import (
	"crypto/hmac"
	"net/http"
	"strings"
	"unicode/utf8"
)

// admit holds a call against every rule of form: connection, document, proof,
// table, identity.
func (d *deposit) admit(c *depositCall) *depositRefusal {
	holder := ""
	if c.end.mtls {
		var problem string
		if holder, problem = d.s.checkClient(c.tls, c.at); problem != "" {
			return &depositRefusal{code: "INVALID_REQUEST", status: http.StatusBadRequest, html: depositGatewayPage(problem)} // B-8
		}
	}
	if bad := c.read(); bad != nil {
		return bad
	}
	if bad := d.authenticate(c); bad != nil {
		return bad
	}
	if holder != "" && holder != c.who.MchID {
		return refuseDepositDoor("INVALID_REQUEST", "证书与商户号不匹配")
	}
	switch c.form.get("appid") {
	case c.who.AppID:
	case "":
		return refuseDeposit("APPID_NOT_EXIST", "参数中缺少APPID")
	default:
		return refuseDeposit("APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")
	}
	if bad := checkDeposit(c.form, c.end.fields()); bad != nil {
		return bad
	}
	switch sub := c.form.get("sub_appid"); {
	case c.form.get("sub_mch_id") != c.who.SubMchID:
		return refuseDeposit("NOAUTH", "商户无此接口权限: no such sub-merchant of this provider")
	case sub != "" && sub != c.who.SubAppID:
		return refuseDeposit("APPID_MCHID_NOT_MATCH", "sub_appid和sub_mch_id不匹配")
	}
	return nil
}

// read is §3: one POST of one document.
func (c *depositCall) read() *depositRefusal {
	kind, _, _ := strings.Cut(c.header.Get("Content-Type"), ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	switch {
	case c.method != http.MethodPost:
		return refuseDepositDoor("REQUIRE_POST_METHOD", "not "+clip(c.method))
	case len(c.body) == 0:
		return refuseDepositDoor("POST_DATA_EMPTY", "no body")
	case kind != "text/xml" && kind != "application/xml": // B-8
		return refuseDepositDoor("XML_FORMAT_ERROR", "the header Content-Type must be text/xml")
	case !utf8.Valid(c.body):
		return refuseDepositDoor("NOT_UTF8", "the body is not UTF-8")
	}
	form, err := parseDeposit(c.body, "xml")
	if err != nil {
		return refuseDepositDoor("XML_FORMAT_ERROR", err.Error())
	}
	c.form = form
	return nil
}

// authenticate is §4. A call that takes HMAC alone refuses what has no
// sign_type, since that means MD5 (§4.6).
func (d *deposit) authenticate(c *depositCall) *depositRefusal {
	who := d.names[c.form.get("mch_id")]
	if who == nil {
		return refuseDepositDoor("MCHID_NOT_EXIST", "no service provider has this mch_id")
	}
	given := c.form.get("sign")
	switch kind := c.form.get("sign_type"); {
	case given == "":
		return refuseDepositDoor("SIGNERROR", "no sign")
	case kind == depositHMAC:
		c.hmac = true
	case kind != "" && kind != depositMD5:
		return refuseDepositForm("sign_type", "want "+depositHMAC+" or "+depositMD5)
	case !c.end.md5:
		return refuseDepositDoor("SIGNERROR", "this call takes sign_type "+depositHMAC+" alone")
	}
	if want := signDeposit(c.form, who.APIKey, c.hmac); !hmac.Equal([]byte(want), []byte(given)) {
		return refuseDepositDoor("SIGNERROR", "the signature does not match")
	}
	c.who = who
	return nil
}

func depositGatewayPage(problem string) string {
	return "<html>\r\n<head><title>400 " + problem + "</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>" +
		problem + "</center>\r\n</body>\r\n</html>\r\n"
}
