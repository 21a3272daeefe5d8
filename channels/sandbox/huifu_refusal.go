package sandbox

import "net/http"

// huifuRefusal is a resp_code of §11. The platform signs those of eight digits;
// the gateway's stand outside of any data, and nobody signs them.
type huifuRefusal struct {
	status int
	code   string
	text   string
	outer  bool
	field  string
}

// huifuRefuse answers with a code of §11's first table.
func huifuRefuse(code, text string) *huifuRefusal {
	return &huifuRefusal{status: http.StatusOK, code: code, text: text}
}

// huifuGateway answers with a code of §11's last table. The dossier does not
// say under which HTTP status; 20000 is "not available", and the others are 200.
func huifuGateway(code, text string) *huifuRefusal {
	r := &huifuRefusal{status: http.StatusOK, code: code, text: text, outer: true}
	if code == "20000" {
		r.status = http.StatusInternalServerError
	}
	return r
}

func huifuMissing() *huifuRefusal { return huifuRefuse("23000001", "原交易不存在") }

func huifuNoChannel() *huifuRefusal { return huifuRefuse("22000005", "路由下未配置可用通道") }

func huifuContradiction(text string) *huifuRefusal {
	return huifuRefuse("21000000", "参数校验失败: "+text)
}

func (r *huifuRefusal) draft() huifuDraft {
	text := map[string]any{"resp_code": r.code, "resp_desc": clip(r.text)}
	if r.outer {
		return huifuDraft{status: r.status, gateway: r.code, body: encode(text)}
	}
	return huifuDraft{status: r.status, data: text}
}
