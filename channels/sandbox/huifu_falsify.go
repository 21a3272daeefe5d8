package sandbox

import (
	"maps"
	"strings"
)

// Faults of Huifu's envelope. Both answers are true, and to be believed.
const (
	Unsorted Kind = "unsorted" // sent in another order than it was signed in, §3
	Escaped  Kind = "escaped"  // <, > and & sent as \u003c, \u003e and \u0026, and signed plainly
)

// WrongDate names another req_date: another order, as numbers are a day's own (§10).
const WrongDate Kind = "wrong_date"

// huifuFaultDraft is what an Answer fault says in the platform's place. A code of
// eight digits is the platform's, a shorter one the gateway's (§11).
func huifuFaultDraft(f *Fault) huifuDraft {
	switch {
	case f.What != Answer:
		return huifuDraft{}
	case f.Body != "":
		d := huifuDraft{status: f.Status, body: []byte(f.Body)}
		if strings.HasPrefix(f.Body, "<") {
			d.media = "text/html"
		}
		return d
	case f.Code == "":
		return huifuDraft{status: f.Status}
	}
	text := f.Message
	if text == "" {
		text = "the sandbox was told to say " + f.Code
	}
	d := (&huifuRefusal{status: f.Status, code: f.Code, text: text, outer: len(f.Code) != 8}).draft()
	d.unsigned = f.Unsigned
	return d
}

// falsifyHuifu changes the content of a good answer, before it is signed. A
// member that the answer does not have stays absent.
func (f *Fault) falsifyHuifu(d huifuDraft) huifuDraft {
	if f.What == HashMismatch && d.media == huifuZipMedia && len(d.body) > 64 {
		d.body = append([]byte(nil), d.body...)
		d.body[len(d.body)/2] ^= 0x55
		return d
	}
	if d.data == nil {
		return d
	}
	d.data = maps.Clone(d.data)
	other := func(names ...string) { replace(d.data, otherText, names...) }
	switch f.What {
	case WrongAmount:
		replace(d.data, huifuRaised, "trans_amt", "ord_amt")
	case WrongMerchant:
		other("huifu_id")
	case WrongOrder:
		other("req_seq_id", "org_req_seq_id", "hf_seq_id", "org_hf_seq_id")
	case WrongDate:
		other("req_date", "org_req_date")
	case UnknownState:
		replace(d.data, func(any) any { return "X" }, "trans_stat", "org_trans_stat")
	case ForgeSuccess:
		replace(d.data, func(any) any { return huifuDone }, "trans_stat")
		d.data["resp_code"] = "00000000"
	case OddMembers:
		d.data["a_new_member"] = map[string]any{"deep": []any{nil, true, huifuNumber("0.380"), "x"}}
		d.data["enter_fee"] = huifuNumber("0.00")
		d.data["total"] = huifuNumber("10000000000000001")
		d.data["zz_another"] = nil
	case Escaped:
		d.data["resp_desc"] = "<b>甲&乙</b>"
	case Oversize:
		d.data["padding"] = strings.Repeat(" ", 1<<20)
	}
	return d
}

func huifuRaised(v any) any {
	s, _ := v.(string)
	n, ok := fen(s)
	if !ok {
		return v
	}
	return yuan(n + 1)
}
