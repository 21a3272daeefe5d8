package sandbox

import "time"

// prepareWechatID is §5's user-id query: it gives an id and charges nobody.
func (h *huifu) prepareWechatID(c *huifuCall) (huifuPlan, *huifuRefusal) {
	if app := c.values["sub_appid"]; app != "" && app != c.shop.subAppID {
		return huifuPlan{}, huifuRefuse("90000000", "sub_mch_id与sub_appid不匹配")
	}
	return h.userID(c, "T", func(code string) map[string]any {
		data := map[string]any{"openid": "oPROVIDER00000000000000" + code[13:]}
		if c.values["sub_appid"] != "" {
			data["sub_openid"] = "oSHOP000000000000000000" + code[13:]
		}
		return data
	})
}

// prepareUnionPayID is the last row of §1.
func (h *huifu) prepareUnionPayID(c *huifuCall) (huifuPlan, *huifuRefusal) {
	return h.userID(c, "U", func(code string) map[string]any { return map[string]any{"user_id": "UP" + code[9:]} })
}

// userID looks a code's owner up. That the code stays usable is not promised
// (§5): here it is spent.
func (h *huifu) userID(c *huifuCall, wallet string, of func(code string) map[string]any) (huifuPlan, *huifuRefusal) {
	code := c.values["auth_code"]
	if huifuWallet(code) != wallet {
		return huifuPlan{}, huifuBadCode()
	}
	return huifuPlan{book: func(now time.Time) huifuDraft {
		if h.codes[code] == nil {
			h.codes[code] = &huifuCode{first: now}
		}
		if h.codes[code].spent {
			return huifuRefuse("90000000", "付款码无效，该付款码仅限使用一次").draft()
		}
		h.codes[code].spent = true
		data := of(code)
		data["resp_code"], data["resp_desc"] = "00000000", "查询成功"
		return huifuDraft{status: 200, data: data}
	}}, nil
}
