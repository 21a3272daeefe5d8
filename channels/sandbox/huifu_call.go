package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// huifuCall is an exchange that found its endpoint, and later its data.
type huifuCall struct {
	*exchange
	end    huifuEndpoint
	values map[string]string // of data, once the signature holds
	sys    *huifuSystem
	shop   *huifuShop
}

// prepare holds a call against every rule of form: envelope, who, proof, fields.
func (h *huifu) prepare(c *huifuCall) (huifuPlan, *huifuRefusal) {
	e, bad := h.open(c)
	if bad != nil {
		return huifuPlan{}, bad
	}
	if bad := c.read(e.data); bad != nil {
		return huifuPlan{}, bad
	}
	if e.productID != c.sys.product {
		return huifuPlan{}, huifuRefuse("22000000", "产品信息不存在或产品状态异常")
	}
	if c.shop = c.sys.shop(c.values["huifu_id"]); c.shop == nil {
		return huifuPlan{}, huifuRefuse("23000002", "数据权限认证失败")
	}
	if c.end.numbered && c.values["req_date"] != h.today(c.at) {
		return huifuPlan{}, huifuRefuse("10000000", "请求日期必须是当前日期")
	}
	p, bad := c.end.prepare(h, c)
	if bad == nil && c.end.numbered {
		p.book = h.once(c, p.book)
	}
	return p, bad
}

// open is the gateway's part: what it refuses is not signed (§11).
func (h *huifu) open(c *huifuCall) (huifuEnvelope, *huifuRefusal) {
	kind, charset, _ := strings.Cut(c.header.Get("Content-Type"), ";")
	charset = strings.ReplaceAll(strings.ToLower(charset), " ", "")
	switch {
	case !strings.EqualFold(strings.TrimSpace(kind), "application/json"), charset != "" && charset != "charset=utf-8":
		return huifuEnvelope{}, huifuGateway("40001", "参数错误: Content-Type")
	case len(c.body) > maxBody:
		return huifuEnvelope{}, huifuGateway("40001", "参数错误: too large")
	}
	e, err := parseHuifuEnvelope(c.body)
	if err != nil {
		return e, huifuGateway("40001", "参数错误: "+err.Error())
	}
	if c.sys = h.sys[e.sysID]; c.sys == nil {
		return e, huifuGateway("20001", "无权限: sys_id")
	}
	if huifuForbidden(e.data) {
		return e, &huifuRefusal{status: http.StatusPreconditionFailed, code: "412", text: "请求含有非法字符", outer: true}
	}
	text, err := huifuSignText(e.data)
	if err != nil || verify(c.sys.public, text, e.sign) != nil {
		return e, huifuGateway("40002", "验签失败")
	}
	return e, nil
}

// read holds data against the endpoint's table, strictly.
func (c *huifuCall) read(data []rawMember) *huifuRefusal {
	c.values = map[string]string{}
	for _, m := range data {
		field, known := findHuifuField(c.end.fields, m.name)
		if !known {
			// A wrong prefix ends here: §6 says 21000000.
			return huifuRefuse("21000000", "参数校验失败: "+clip(m.name)+" is not a field of this call")
		}
		var s string
		if string(m.raw) == "null" || json.Unmarshal(m.raw, &s) != nil {
			return huifuRefuse("10000000", "参数格式错误: "+m.name+" is not a text")
		}
		if bad := field.check(s); bad != nil {
			return bad
		}
		c.values[m.name] = s
	}
	for _, field := range c.end.fields {
		if _, given := c.values[field.name]; field.must && !given {
			return huifuRefuse("10000000", "参数缺失: "+field.name)
		}
	}
	return nil
}

// once lets a req_seq_id by a single time on its day (§4). A call that never got
// as far as the books has not used its number.
func (h *huifu) once(c *huifuCall, book func(time.Time) huifuDraft) func(time.Time) huifuDraft {
	key := huifuKey(c.shop.id, c.values["req_date"], c.values["req_seq_id"])
	return func(now time.Time) huifuDraft {
		if h.used[key] {
			return c.echoed(huifuRefuse("20000000", "重复交易: req_seq_id").draft())
		}
		h.used[key] = true
		return book(now)
	}
}

// echoed gives a reply the request's own numbers, where it has none yet.
func (c *huifuCall) echoed(d huifuDraft) huifuDraft {
	if d.data == nil {
		return d
	}
	for _, name := range []string{"req_date", "req_seq_id", "huifu_id", "org_req_date", "org_req_seq_id", "org_hf_seq_id"} {
		if _, has := d.data[name]; !has && c.values[name] != "" {
			d.data[name] = c.values[name]
		}
	}
	return d
}

// huifuField is a row of a request table.
type huifuField struct {
	name string
	max  int // characters
	must bool
	form func(string) *huifuRefusal // what the row says beside the length
}

func (f huifuField) check(s string) *huifuRefusal {
	switch n := utf8.RuneCountInString(s); {
	case n == 0 && (f.name == "channel_no" || f.name == "pay_scene"):
		return huifuNoChannel() // §3: a known cause of routing errors
	case n == 0:
		return huifuRefuse("10000000", "参数为空: "+f.name)
	case n > f.max:
		return huifuRefuse("10000000", "参数超长: "+f.name)
	}
	if f.form == nil {
		return nil
	}
	bad := f.form(s)
	if bad != nil && bad.field == "" {
		bad.field = f.name
		bad.text += " (" + f.name + ")"
	}
	return bad
}

func findHuifuField(table []huifuField, name string) (huifuField, bool) {
	for _, f := range table {
		if f.name == name {
			return f, true
		}
	}
	return huifuField{}, false
}
