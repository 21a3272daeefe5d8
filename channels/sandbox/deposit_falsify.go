package sandbox

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// Faults that only XML and v2 signatures have.
const (
	OtherAlgorithm  Kind = "other_algorithm"  // signed by MD5 where HMAC-SHA256 is due, or the other way round
	UnsignedElement Kind = "unsigned_element" // an element that the signature does not cover
	Doctype         Kind = "doctype"          // a document type with an entity, before a good document
	Nested          Kind = "nested_elements"  // an element inside of another
	Recall          Kind = "recall"           // of a reverse: recall=Y, and nothing is done (§10.2)
)

// depositAnswer is what an Answer fault says in the platform's place. The code
// FAIL is return_code FAIL with the message; any other is an err_code.
func (f *Fault) depositAnswer(c *depositCall) depositDraft {
	if f.Body != "" || f.Code == "" {
		d := depositDraft{status: f.Status, raw: []byte(f.Body), media: "text/plain"}
		if strings.HasPrefix(f.Body, "<") {
			d.media = "text/html"
		}
		return d
	}
	message := f.Message
	if message == "" {
		message = "the sandbox was told to say " + f.Code
	}
	d := (&depositRefusal{code: f.Code, text: message, door: f.Code == "FAIL"}).draft(c)
	d.status = f.Status
	d.unsigned = d.unsigned || f.Unsigned
	return d
}

// falsifyDeposit changes the content of an answer before it is signed. An
// element that is not there stays absent.
func (f *Fault) falsifyDeposit(doc depositDoc) depositDoc {
	doc = slices.Clone(doc)
	switch f.What {
	case WrongAmount:
		for _, name := range []string{"total_fee", "cash_fee", "refund_fee", "consume_fee"} {
			if n, err := strconv.ParseInt(doc.get(name), 10, 64); err == nil {
				doc.set(name, strconv.FormatInt(n+1, 10))
			}
		}
	case WrongCurrency:
		doc.set("fee_type", "USD")
	case WrongMerchant:
		otherDepositElement(doc, "mch_id")
		otherDepositElement(doc, "sub_mch_id")
	case WrongOrder:
		otherDepositElement(doc, "out_trade_no")
		otherDepositElement(doc, "out_refund_no")
	case UnknownState:
		doc.set("trade_state", "MARINATING")
		doc.set("refund_status", "MARINATING")
	case ForgeSuccess:
		doc.set("trade_state", success)
		doc.set("refund_status", success)
	case OddMembers:
		// All of them signed, but for the empty one, which never is (§4.1).
		doc = append(doc, depositElement{"a_new_member", "<deep> & wide"}, depositElement{"Zulu_9", "]]>"})
		if !doc.has("attach") {
			doc = append(doc, depositElement{"attach", ""})
		}
		if doc.get("trade_state") == success && !doc.has("consume_fee") {
			doc = append(doc, depositElement{"consume_fee", "0"}) // §9: none or zero is held
		}
	}
	return doc
}

// spoilDeposit changes the bytes after they were signed.
func (f *Fault) spoilDeposit(body []byte) []byte {
	insert := func(text string) []byte {
		return append([]byte("<xml>"+text), bytes.TrimPrefix(body, []byte("<xml>"))...)
	}
	switch f.What {
	case DuplicateKeys:
		if !bytes.Contains(body, []byte("<result_code>")) { // a refund's callback
			return insert("<req_info>AA==</req_info>")
		}
		return insert("<result_code>FAIL</result_code><trade_state>NOTPAY</trade_state><out_trade_no>0</out_trade_no>")
	case UnsignedElement:
		return insert("<settlement_note>not covered</settlement_note>")
	case Nested:
		return insert("<promotion_detail><out_trade_no>0</out_trade_no></promotion_detail>")
	case Doctype:
		return append([]byte(`<!DOCTYPE xml [<!ENTITY who SYSTEM "file:///etc/passwd">]>`), body...)
	case Oversize:
		return append(body, bytes.Repeat([]byte(" "), maxBody)...)
	}
	return body
}

func otherDepositElement(doc depositDoc, name string) {
	if s, ok := otherText(doc.get(name)).(string); ok {
		doc.set(name, s)
	}
}
