package huifu

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

// told is what a reply came to: outcome, reason, and whether it was verified.
type came struct {
	outcome  channels.Outcome
	reason   channels.Reason
	verified bool
}

func cameOf(r channels.Reply) came { return came{r.Outcome, r.Reason, r.Verified} }

func TestPayStates(t *testing.T) {
	for name, v := range map[string]struct {
		data string
		want came
	}{
		"S":               {dataOf(ofTestPay, "trans_stat", "S", "resp_code", "00000000", "end_time", "20261122101534"), came{channels.Paid, "", true}},
		"S, odd code":     {dataOf(ofTestPay, "trans_stat", "S", "resp_code", "90000000"), came{channels.Paid, "", true}},
		"P":               {dataOf(ofTestPay, "trans_stat", "P", "resp_code", "00000100"), came{channels.Paying, "", true}},
		"I":               {dataOf(ofTestPay, "trans_stat", "I"), came{channels.Paying, "", true}},
		"F":               {dataOf(ofTestPay, "trans_stat", "F", "resp_code", "90000000"), came{channels.Declined, channels.TradeFailed, true}},
		"F, funds":        {dataOf(ofTestPay, "trans_stat", "F", "resp_code", "90000000", "resp_desc", "余额不足"), came{channels.Declined, channels.InsufficientFunds, true}},
		"F, by the bank":  {dataOf(ofTestPay, "trans_stat", "F", "bank_message", "付款码已过期，请刷新"), came{channels.Declined, channels.CodeExpired, true}},
		"another word":    {dataOf(ofTestPay, "trans_stat", "X", "resp_code", "00000000"), came{channels.Unknown, channels.ReasonUnknown, true}},
		"no word, taken":  {dataOf(ofTestPay, "resp_code", "00000100"), came{channels.Paying, "", true}},
		"no word, 0":      {dataOf(ofTestPay, "resp_code", "00000000"), came{channels.Unknown, channels.ReasonUnknown, true}},
		"wrong amount":    {dataOf(ofTestPay, "trans_stat", "S", "trans_amt", "0.02"), came{channels.Unknown, channels.Mismatch, true}},
		"no amount":       {dataOf(ofTestPay, "trans_stat", "S", "trans_amt", "-"), came{channels.Unknown, channels.Mismatch, true}},
		"odd amount":      {dataOf(ofTestPay, "trans_stat", "S", "trans_amt", "0.010"), came{channels.Unknown, channels.Mismatch, true}},
		"wrong order":     {dataOf(ofTestPay, "trans_stat", "S", "req_seq_id", "T0120261122000009"), came{channels.Unknown, channels.Mismatch, true}},
		"no order":        {dataOf(ofTestPay, "trans_stat", "S", "req_seq_id", "-"), came{channels.Unknown, channels.Mismatch, true}},
		"org order alone": {dataOf(ofTestPay, "trans_stat", "S", "req_seq_id", "-", "org_req_seq_id", testNo), came{channels.Unknown, channels.Mismatch, true}},
		"wrong day":       {dataOf(ofTestPay, "trans_stat", "S", "req_date", "20261121"), came{channels.Unknown, channels.Mismatch, true}},
		"wrong merchant":  {dataOf(ofTestPay, "trans_stat", "S", "huifu_id", "6666000000000001"), came{channels.Unknown, channels.Mismatch, true}},
		"no merchant":     {dataOf(ofTestPay, "trans_stat", "S", "huifu_id", "-"), came{channels.Unknown, channels.Mismatch, true}},
		"F of another":    {dataOf(ofTestPay, "trans_stat", "F", "req_seq_id", "T0120261122000009"), came{channels.Unknown, channels.Mismatch, true}},
		"F of nobody":     {dataOf(ofTestPay, "trans_stat", "F", "req_seq_id", "-"), came{channels.Unknown, channels.Mismatch, true}},
		"P of another":    {dataOf(ofTestPay, "trans_stat", "P", "req_seq_id", "T0120261122000009"), came{channels.Unknown, channels.Mismatch, true}},
	} {
		c, _ := newChannel(t, always(200, sealedReply(t, v.data)))
		if got := c.Pay(context.Background(), testPayment()); cameOf(got) != v.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// What proves nothing, of every call: Unknown, and never verified.
func TestUnprovenAnswers(t *testing.T) {
	good := dataOf(ofTestPay, "trans_stat", "S", "resp_code", "00000000", "org_req_date", "20261122", "org_req_seq_id", testNo, "ord_amt", "0.01")
	whole := sealedReply(t, good)
	other := sealedReply(t, strings.Replace(good, "0.01", "0.02", 1))
	for name, v := range map[string]struct {
		status int
		body   string
		reason channels.Reason
	}{
		"unsigned":         {200, `{"data":` + good + `}`, channels.Unverified},
		"empty sign":       {200, `{"data":` + good + `,"sign":""}`, channels.Unverified},
		"forged":           {200, `{"data":` + good + other[strings.Index(other, `,"sign"`):], channels.BadSignature},
		"sign of garbage":  {200, `{"data":` + good + `,"sign":"***"}`, channels.BadSignature},
		"truncated":        {200, whole[:len(whole)-9], channels.Unverified},
		"doubled member":   {200, strings.Replace(whole, `{"data":`, `{"data":{},"data":`, 1), channels.Unverified},
		"doubled in data":  {200, sealedReply(t, strings.Replace(good, `{`, `{"trans_stat":"P",`, 1)), channels.Unverified},
		"nested too deep":  {200, `{"data":` + strings.Repeat(`{"a":`, 20) + `1` + strings.Repeat(`}`, 20) + `}`, channels.Unverified},
		"data is a text":   {200, `{"data":"x","sign":"eA=="}`, channels.Unverified},
		"html":             {200, "<html><body>Welcome</body></html>", channels.Unverified},
		"empty":            {200, "", channels.Unverified},
		"html 502":         {502, "<html>Bad Gateway</html>", channels.PlatformBusy},
		"signed, and 500":  {500, whole, channels.PlatformBusy},
		"signed, and 302":  {302, whole, channels.Unverified},
		"911":              {911, "", channels.RateLimited},
		"gateway 914":      {200, `{"resp_code":"914","resp_desc":"x"}`, channels.RateLimited},
		"gateway 20000":    {200, `{"resp_code":"20000","resp_desc":"x"}`, channels.PlatformBusy},
		"gateway 40002":    {200, `{"resp_code":"40002","resp_desc":"x"}`, channels.BadSignature},
		"gateway in data":  {200, `{"data":{"resp_code":"20003","resp_desc":"接口权限认证失败"}}`, channels.MerchantConfig},
		"404":              {404, "no such page", channels.MerchantConfig},
		"refused unsigned": {200, `{"data":` + dataOf(ofTestPay, "resp_code", "90000000", "resp_desc", "付款码无效") + `}`, channels.Unverified},
		"more than 1 MiB":  {200, `{"data":"` + strings.Repeat("x", 1<<20) + `"}`, channels.Network},
		"cut":              {0, "", channels.Network},
	} {
		c, _ := newChannel(t, always(v.status, v.body))
		for call, got := range callAll(t, c) {
			if got.Outcome != channels.Unknown || got.Verified || got.Reason != v.reason || got.Message == "" {
				t.Errorf("%s, %s: %+v", name, call, got)
			}
		}
	}
}

// callAll makes every call about the test's order.
func callAll(t *testing.T, c *Channel) map[string]channels.Reply {
	t.Helper()
	ctx := context.Background()
	prepared, params := c.Prepare(ctx, testPreparation())
	if params != nil && prepared.Outcome != channels.Paying {
		t.Errorf("params of %+v", prepared)
	}
	_, user, err := c.WeChatUser(ctx, channels.NewCode(testCode))
	if err == nil {
		t.Error("a user of an answer that proves nothing")
	}
	return map[string]channels.Reply{
		"pay": c.Pay(ctx, testPayment()), "prepare": prepared, "query": c.Query(ctx, testOrder()),
		"close": c.Close(ctx, testOrder()), "query close": c.QueryClose(ctx, testOrder()),
		"refund": c.Refund(ctx, testRefund()), "query refund": c.QueryRefund(ctx, testRefund()), "user": user,
	}
}

// An answer that never reached anybody is NotSent.
func TestNotSent(t *testing.T) {
	for name, edit := range map[string]func(*channels.Payment){
		"no code":        func(p *channels.Payment) { p.Code = channels.NewCode("") },
		"odd code":       func(p *channels.Payment) { p.Code = channels.NewCode("1345 67") },
		"no number":      func(p *channels.Payment) { p.OutTradeNo = "" },
		"undated number": func(p *channels.Payment) { p.OutTradeNo = "99999999000000000001" },
		"odd number":     func(p *channels.Payment) { p.OutTradeNo = "20261122/1" },
		"hong kong":      func(p *channels.Payment) { p.Amount.Currency = "HKD" },
		"nothing":        func(p *channels.Payment) { p.Amount.Amount = 0 },
		"too much":       func(p *channels.Payment) { p.Amount.Amount = maxFen + 1 },
		"odd option":     func(p *channels.Payment) { p.Options = given("no_such", `"x"`) },
	} {
		c, p := newChannel(t, always(200, "{}"))
		pay := testPayment()
		edit(&pay)
		got := c.Pay(context.Background(), pay)
		if got.Outcome != channels.NotSent || got.Reason != channels.LocalRefusal || len(p.seen) != 0 || strings.Contains(got.Message, testCode) {
			t.Errorf("%s: %+v, sent %d", name, got, len(p.seen))
		}
	}
	c, p := newChannel(t, always(200, "{}"))
	c.outward, c.cfg.IPAddr = func() string { return "" }, ""
	if got := c.Pay(context.Background(), testPayment()); got.Outcome != channels.NotSent || len(p.seen) != 0 {
		t.Errorf("no address: %+v", got)
	}
	pay := testPayment()
	c.cfg.IPAddr = "203.0.113.10"
	pay.Durable = func(context.Context) error { return context.Canceled }
	if got := c.Pay(context.Background(), pay); got.Outcome != channels.NotSent || len(p.seen) != 0 {
		t.Errorf("gate: %+v", got)
	}
}

// Every code of §11, for every call, by the table; and that nothing of it is
// more than the table may say of money.
func TestCodes(t *testing.T) {
	for code, row := range codes {
		for col, m := range row {
			switch m.outcome {
			case channels.Paid, channels.Closed, channels.Refunded, channels.Revoked, channels.NotSent:
				t.Errorf("%s: column %d says %v", code, col, m.outcome)
			case channels.Declined:
				if column(col) != ofPay {
					t.Errorf("%s: column %d declines", code, col)
				}
			}
		}
		if certain[code] && row[ofPay].outcome == channels.Declined {
			t.Errorf("%s declines", code)
		}
		reply := sealedReply(t, dataOf(map[string]string{"huifu_id": "6666000000000002"}, "resp_code", code, "resp_desc", "x"))
		c, _ := newChannel(t, always(200, reply))
		for name, v := range map[string]struct {
			got  channels.Reply
			want meaning
		}{
			"pay":    {c.Pay(context.Background(), testPayment()), row[ofPay]},
			"query":  {c.Query(context.Background(), testOrder()), row[ofQuery]},
			"refund": {c.Refund(context.Background(), testRefund()), row[ofRefund]},
			"close":  {c.Close(context.Background(), testOrder()), row[ofClose]},
		} {
			if v.want == nothing {
				v.want = ask
			}
			if v.got.Outcome != v.want.outcome || v.got.Reason != v.want.reason || v.got.Code != code {
				t.Errorf("%s %s: %+v, want %+v", code, name, v.got, v.want)
			}
			if v.got.Verified != (v.got.Outcome != channels.Declined) { // confirm_refusal
				t.Errorf("%s %s: verified %v", code, name, v.got.Verified)
			}
		}
	}
	c, _ := newChannel(t, always(200, sealedReply(t, `{"resp_code":"12345678","resp_desc":"x"}`)))
	for name, got := range callAll(t, c) {
		if name != "user" && (got.Outcome != channels.Unknown || got.Reason != channels.ReasonUnknown) {
			t.Errorf("unknown code, %s: %+v", name, got)
		}
	}
}

func TestSayings(t *testing.T) {
	for text, v := range map[string]struct{ pay, refund meaning }{
		"付款码格式异常":             {meaning{channels.Declined, channels.CodeInvalid}, ask},
		"请求日期必须是当前日期":         {meaning{channels.Declined, channels.ClockSkew}, meaning{channels.Unknown, channels.ClockSkew}},
		"订单已超时":               {meaning{channels.Declined, channels.CodeExpired}, ask},
		"付款码无效，请重新扫码":         {meaning{channels.Declined, channels.CodeInvalid}, ask},
		"付款码仅限使用一次，请刷新":       {meaning{channels.Declined, channels.CodeUsed}, ask},
		"付款码已过期":              {meaning{channels.Declined, channels.CodeExpired}, ask},
		"账户余额不足":              {meaning{channels.Declined, channels.InsufficientFunds}, broke},
		"商户单日交易金额超限":          {meaning{channels.Declined, channels.LimitExceeded}, ask},
		"单笔超限":                {meaning{channels.Declined, channels.LimitExceeded}, ask},
		"当前商户需补齐相关资料后，才可进行交易": {meaning{channels.Declined, channels.MerchantConfig}, cannot},
		"当前交易存在风险":            {meaning{channels.Declined, channels.TradeFailed}, ask},
		"该功能已关闭":              {meaning{channels.Declined, channels.MerchantConfig}, cannot},
		"超限":                  {ask, ask},
		"unlisted":            {ask, ask},
	} {
		c, _ := newChannel(t, always(200, sealedReply(t, dataOf(nil, "resp_code", "90000000", "resp_desc", text))))
		if got := c.Pay(context.Background(), testPayment()); got.Outcome != v.pay.outcome || got.Reason != v.pay.reason {
			t.Errorf("%s, pay: %+v", text, got)
		}
		if got := c.Refund(context.Background(), testRefund()); got.Outcome != v.refund.outcome || got.Reason != v.refund.reason {
			t.Errorf("%s, refund: %+v", text, got)
		}
	}
}

// A refusal without trans_stat: shown and not relied upon, unless the setting
// says that it may be; and of a replay it says nothing about the first pay.
func TestRefusals(t *testing.T) {
	reply := sealedReply(t, dataOf(nil, "resp_code", "90000000", "resp_desc", "付款码仅限使用一次"))
	c, _ := newChannel(t, always(200, reply))
	if got := c.Pay(context.Background(), testPayment()); cameOf(got) != (came{channels.Declined, channels.CodeUsed, false}) || !c.Sheet().UnsignedDecline {
		t.Errorf("confirmed: %+v", got)
	}
	again := testPayment()
	again.Replay = true
	if got := c.Pay(context.Background(), again); got.Outcome != channels.Unknown {
		t.Errorf("replay: %+v", got)
	}
	c, _ = newChannel(t, always(200, reply), func(cfg *Config) { cfg.ConfirmRefusal = false })
	if got := c.Pay(context.Background(), testPayment()); cameOf(got) != (came{channels.Declined, channels.CodeUsed, true}) || c.Sheet().UnsignedDecline {
		t.Errorf("not confirmed: %+v", got)
	}
	if got := c.Pay(context.Background(), again); got.Outcome != channels.Unknown {
		t.Errorf("replay: %+v", got)
	}
	c, _ = newChannel(t, always(200, sealedReply(t, dataOf(nil, "resp_code", "10000000", "resp_desc", "请求日期必须是当前日期"))))
	if got := c.Pay(context.Background(), again); cameOf(got) != (came{channels.Declined, channels.ClockSkew, false}) {
		t.Errorf("replay of another day: %+v", got)
	}
	c, _ = newChannel(t, always(200, sealedReply(t, dataOf(nil, "resp_code", "90000000", "resp_desc", "付款码无效", "req_seq_id", "another"))))
	if got := c.Pay(context.Background(), testPayment()); cameOf(got) != (came{channels.Unknown, channels.Mismatch, true}) {
		t.Errorf("of another order: %+v", got)
	}
	c, _ = newChannel(t, always(200, sealedReply(t, dataOf(nil, "resp_code", "90000002"))), func(cfg *Config) {
		cfg.Codes = map[string]string{"90000002": "declined limit_exceeded"}
	})
	if got := c.Pay(context.Background(), testPayment()); cameOf(got) != (came{channels.Declined, channels.LimitExceeded, false}) {
		t.Errorf("codes: %+v", got)
	}
	if got := c.Query(context.Background(), testOrder()); got.Outcome != channels.Unknown {
		t.Errorf("codes, query: %+v", got)
	}
}

func TestQueryStates(t *testing.T) {
	for name, v := range map[string]struct {
		data string
		want came
	}{
		"S":              {dataOf(ofTestQuery, "trans_stat", "S", "end_time", "20261122101534"), came{channels.Paid, "", true}},
		"P":              {dataOf(ofTestQuery, "trans_stat", "P", "password_trade", "Y"), came{channels.Paying, "", true}},
		"F":              {dataOf(ofTestQuery, "trans_stat", "F"), came{channels.Declined, channels.TradeFailed, true}},
		"bare names":     {dataOf(ofTestPay, "trans_stat", "S"), came{channels.Unknown, channels.Mismatch, true}},
		"F, bare names":  {dataOf(ofTestPay, "trans_stat", "F"), came{channels.Unknown, channels.Mismatch, true}},
		"wrong order":    {dataOf(ofTestQuery, "trans_stat", "S", "org_req_seq_id", "T0120261122000009"), came{channels.Unknown, channels.Mismatch, true}},
		"wrong day":      {dataOf(ofTestQuery, "trans_stat", "S", "org_req_date", "20261123"), came{channels.Unknown, channels.Mismatch, true}},
		"wrong merchant": {dataOf(ofTestQuery, "trans_stat", "S", "huifu_id", "1"), came{channels.Unknown, channels.Mismatch, true}},
		"wrong amount":   {dataOf(ofTestQuery, "trans_stat", "S", "trans_amt", "1.01"), came{channels.Unknown, channels.Mismatch, true}},
		"wrong platform": {dataOf(ofTestQuery, "trans_stat", "S", "org_hf_seq_id", "00X"), came{channels.Unknown, channels.Mismatch, true}},
		"not found":      {dataOf(nil, "resp_code", "23000001"), came{channels.NotFound, "", true}},
		"not found, of":  {dataOf(nil, "resp_code", "23000001", "org_req_seq_id", "other"), came{channels.Unknown, channels.Mismatch, true}},
	} {
		c, _ := newChannel(t, always(200, sealedReply(t, v.data)))
		o := testOrder()
		o.PlatformID = testHf
		if got := c.Query(context.Background(), o); cameOf(got) != v.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// By the platform's numbers, where ours is not known.
func TestQueryByOtherNumbers(t *testing.T) {
	by := func(id string) channels.Order {
		return channels.Order{PlatformID: id, Amount: cny(1), SubmittedAt: time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC)}
	}
	c, p := newChannel(t, always(200, sealedReply(t, dataOf(ofTestQuery, "trans_stat", "S", "party_order_id", "03222611220000000001"))))
	for id, field := range map[string]string{testHf: "org_hf_seq_id", "03222611220000000001": "out_ord_id"} {
		if got := c.Query(context.Background(), by(id)); got.Outcome != channels.Paid {
			t.Errorf("%s: %+v", id, got)
		}
		if last := p.seen[len(p.seen)-1]; !strings.Contains(last, `"org_req_date":"20261122"`) || !strings.Contains(last, `"`+field+`":"`+id+`"`) {
			t.Errorf("%s: sent %s", id, last)
		}
	}
	for _, id := range []string{"00OTHER", "03222611220000000002"} {
		if got := c.Query(context.Background(), by(id)); got.Outcome != channels.Unknown || got.Reason != channels.Mismatch {
			t.Errorf("%s: %+v", id, got)
		}
	}
	for _, o := range []channels.Order{{}, {PlatformID: testHf}, {OutTradeNo: "no-day"}, {OutTradeNo: "20261301000001"}, by("a b")} {
		if got := c.Query(context.Background(), o); got.Outcome != channels.NotSent {
			t.Errorf("%+v: %+v", o, got)
		}
	}
}

// The seed: any one of the three numbers, and several refunds in part.
func TestRefundByAnyNumber(t *testing.T) {
	for field, id := range map[string]string{"org_req_seq_id": "", "org_hf_seq_id": testHf, "org_party_order_id": "03222611220000000001"} {
		c, p := newChannel(t, always(200, sealedReply(t, dataOf(ofTestAsk, "trans_stat", "P"))))
		r := testRefund()
		if id != "" {
			r.Order = channels.Order{PlatformID: id, Amount: cny(100), SubmittedAt: testTime}
		} else {
			id = testNo
		}
		if got := c.Refund(context.Background(), r); cameOf(got) != (came{channels.Accepted, "", true}) || got.PlatformID != "00R" {
			t.Errorf("%s: %+v", field, got)
		}
		n := strings.Count(p.seen[0], `"org_`)
		if !strings.Contains(p.seen[0], `"`+field+`":"`+id+`"`) || n != 2 {
			t.Errorf("%s: sent %s", field, p.seen[0])
		}
	}
}

// The engine's own numbers: the day is the number's, whatever today is.
func TestRefundDayIsItsNumbers(t *testing.T) {
	c, p := newChannel(t, always(500, ""))
	r := testRefund()
	r.Order.OutTradeNo = "2026111900010000112345678901"
	for no, day := range map[string]string{"2026112000010000212345678901": "20261120", "U2026111900010000112345678901": "20261119"} {
		r.RefundNo = no
		c.Refund(context.Background(), r)
		if last := p.seen[len(p.seen)-1]; !strings.Contains(last, `"req_date":"`+day+`"`) || !strings.Contains(last, `"org_req_date":"20261119"`) {
			t.Errorf("%s: %s", no, last)
		}
		c.QueryRefund(context.Background(), r)
		if last := p.seen[len(p.seen)-1]; !strings.Contains(last, `"org_req_date":"`+day+`","org_req_seq_id":"`+no+`"`) {
			t.Errorf("%s: %s", no, last)
		}
	}
	for _, edit := range []func(*channels.Refund){
		func(r *channels.Refund) { r.RefundNo = "R1" }, func(r *channels.Refund) { r.RefundNo = "" }, func(r *channels.Refund) { r.Amount.Amount = 0 },
		func(r *channels.Refund) { r.Amount.Currency = "HKD" }, func(r *channels.Refund) { r.Order = channels.Order{Amount: cny(1)} },
	} {
		r := testRefund()
		edit(&r)
		if got := c.Refund(context.Background(), r); got.Outcome != channels.NotSent {
			t.Errorf("%+v: %+v", r, got)
		}
	}
}

func TestRefundStates(t *testing.T) {
	for name, v := range map[string]struct{ ask, query came }{
		"S":            {came{channels.Refunded, "", true}, came{channels.Refunded, "", true}},
		"P":            {came{channels.Accepted, "", true}, came{channels.Accepted, "", true}},
		"I":            {came{channels.Accepted, "", true}, came{channels.Accepted, "", true}},
		"F":            {came{channels.Refused, channels.TradeFailed, true}, came{channels.Refused, channels.TradeFailed, true}},
		"X":            {came{channels.Unknown, channels.ReasonUnknown, true}, came{channels.Unknown, channels.ReasonUnknown, true}},
		"S ord_amt":    {came{channels.Unknown, channels.Mismatch, true}, came{channels.Unknown, channels.Mismatch, true}},
		"S huifu_id":   {came{channels.Unknown, channels.Mismatch, true}, came{channels.Unknown, channels.Mismatch, true}},
		"S req_seq_id": {came{channels.Unknown, channels.Mismatch, true}, came{channels.Unknown, channels.Mismatch, true}},
		"F req_seq_id": {came{channels.Unknown, channels.Mismatch, true}, came{channels.Unknown, channels.Mismatch, true}},
	} {
		stat, broken, _ := strings.Cut(name, " ")
		one, two := []string{"trans_stat", stat}, []string{"trans_stat", stat}
		switch broken {
		case "":
		case "req_seq_id":
			one, two = append(one, broken, testNo), append(two, "org_"+broken, testNo) // the payment's number
		default:
			one, two = append(one, broken, "1.00"), append(two, broken, "1.00")
		}
		c, _ := newChannel(t, always(200, sealedReply(t, dataOf(ofTestAsk, one...))))
		if got := c.Refund(context.Background(), testRefund()); cameOf(got) != v.ask {
			t.Errorf("%s: refund %+v", name, got)
		}
		c, _ = newChannel(t, always(200, sealedReply(t, dataOf(ofTestRefundQuery, two...))))
		if got := c.QueryRefund(context.Background(), testRefund()); cameOf(got) != v.query {
			t.Errorf("%s: query %+v", name, got)
		}
	}
	c, _ := newChannel(t, always(200, sealedReply(t, dataOf(nil, "resp_code", "23000001"))))
	if got := c.QueryRefund(context.Background(), testRefund()); cameOf(got) != (came{channels.NotFound, "", true}) {
		t.Errorf("not found: %+v", got)
	}
}

func TestCloseStates(t *testing.T) {
	for name, v := range map[string]struct {
		data string
		want came
	}{
		"S of P":           {dataOf(ofTestClose, "trans_stat", "S", "org_trans_stat", "P"), came{channels.Accepted, "", true}},
		"P":                {dataOf(ofTestClose, "trans_stat", "P"), came{channels.Accepted, "", true}},
		"paid":             {dataOf(ofTestClose, "trans_stat", "F", "org_trans_stat", "S"), came{channels.Refused, channels.TooLate, true}},
		"S, and paid":      {dataOf(ofTestClose, "trans_stat", "S", "org_trans_stat", "S"), came{channels.Refused, channels.TooLate, true}},
		"failed already":   {dataOf(ofTestClose, "trans_stat", "F", "org_trans_stat", "F"), came{channels.Refused, channels.TooLate, true}},
		"F, still open":    {dataOf(ofTestClose, "trans_stat", "F", "org_trans_stat", "P"), came{channels.Unknown, channels.PlatformBusy, true}},
		"F, UnionPay":      {dataOf(ofTestClose, "trans_stat", "F", "resp_code", "23000004"), came{channels.Refused, channels.TradeFailed, true}},
		"another's":        {dataOf(ofTestClose, "trans_stat", "S", "org_req_seq_id", "x"), came{channels.Unknown, channels.Mismatch, true}},
		"another merchant": {dataOf(ofTestClose, "trans_stat", "S", "huifu_id", "x"), came{channels.Unknown, channels.Mismatch, true}},
	} {
		c, _ := newChannel(t, always(200, sealedReply(t, v.data)))
		if got := c.Close(context.Background(), testOrder()); cameOf(got) != v.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	c, p := newChannel(t, always(500, ""))
	young := testOrder()
	young.SubmittedAt = testTime.Add(-60 * time.Second)
	if got := c.Close(context.Background(), young); got.Outcome != channels.NotSent || len(p.seen) != 0 {
		t.Errorf("young: %+v", got)
	}
	for _, at := range []time.Time{{}, testTime.Add(time.Hour), testTime.Add(-61 * time.Second)} {
		young.SubmittedAt = at
		if got := c.Close(context.Background(), young); got.Outcome != channels.Unknown {
			t.Errorf("%v: %+v", at, got)
		}
	}
	if p.seen[0] == p.seen[1] {
		t.Error("two closings have one number")
	}
}

// Closed is said of a closing that is done, once the order's own end is past.
func TestQueryClose(t *testing.T) {
	for name, v := range map[string]struct {
		pairs []string
		age   time.Duration
		ends  time.Duration // from now; 0: of a presented code
		want  channels.Outcome
	}{
		"early":             {[]string{"trans_stat", "S"}, 179 * time.Second, 0, channels.Accepted},
		"late":              {[]string{"trans_stat", "S", "org_trans_stat", "P"}, 180 * time.Second, 0, channels.Closed},
		"late, not done":    {[]string{"trans_stat", "P"}, time.Hour, 0, channels.Accepted},
		"late, failed":      {[]string{"trans_stat", "F"}, time.Hour, 0, channels.Unknown},
		"late, paid":        {[]string{"trans_stat", "S", "org_trans_stat", "S"}, time.Hour, 0, channels.Refused},
		"late, of nobody":   {[]string{"trans_stat", "S", "org_req_seq_id", "-"}, time.Hour, 0, channels.Unknown},
		"prepared, early":   {[]string{"trans_stat", "S"}, time.Hour, -59 * time.Second, channels.Accepted},
		"prepared, late":    {[]string{"trans_stat", "S"}, time.Hour, -60 * time.Second, channels.Closed},
		"nothing was asked": {[]string{"resp_code", "23000001"}, time.Hour, 0, channels.NotFound},
	} {
		c, p := newChannel(t, always(200, sealedReply(t, dataOf(ofTestClose, v.pairs...))), func(cfg *Config) { cfg.ExpireAfter = "120s" })
		o := testOrder()
		o.SubmittedAt = testTime.Add(-v.age)
		if v.ends != 0 {
			o.ExpiresAt = testTime.Add(v.ends)
		}
		if got := c.QueryClose(context.Background(), o); got.Outcome != v.want || !got.Verified {
			t.Errorf("%s: %+v", name, got)
		}
		if !strings.HasPrefix(p.seen[0], "POST https://api.huifu.com"+closeQueryPath+" ") {
			t.Errorf("asked %s", p.seen[0])
		}
	}
}

// Only a proven answer teaches the clock.
func TestClock(t *testing.T) {
	c, p := newChannel(t, always(200, `{"data":{"resp_code":"1"}}`))
	p.date = testTime.Add(time.Hour)
	c.Query(context.Background(), testOrder())
	if d := c.ClockOffset(); d != 0 {
		t.Errorf("offset %v by an answer that proves nothing", d)
	}
	p.answer = always(200, sealedReply(t, dataOf(ofTestQuery, "trans_stat", "P")))
	c.Query(context.Background(), testOrder())
	if d := c.ClockOffset(); d < 59*time.Minute {
		t.Errorf("offset %v", d)
	}
}

// Ages are of our own clock, however wrong it is; what the platform is told is of its.
func TestWrongClock(t *testing.T) {
	for _, off := range []time.Duration{24 * time.Hour, -24 * time.Hour} {
		c, p := newChannel(t, always(200, sealedReply(t, dataOf(ofTestQuery, "trans_stat", "P"))), func(cfg *Config) { cfg.ExpireAfter = "120s" })
		p.date = testTime.Add(off)
		c.Query(context.Background(), testOrder())
		p.answer = always(200, sealedReply(t, dataOf(ofTestClose, "trans_stat", "S")))
		for age, want := range map[time.Duration]channels.Outcome{170 * time.Second: channels.Accepted, 190 * time.Second: channels.Closed} {
			o := testOrder()
			o.SubmittedAt = testTime.Add(-age)
			if got := c.QueryClose(context.Background(), o); got.Outcome != want {
				t.Errorf("%v off, %v old: %v", off, age, got.Outcome)
			}
		}
		data, err := c.prepareData(channels.Preparation{OutTradeNo: testNo, Amount: channels.Money{Amount: 1, Currency: "CNY"}, Description: "tea",
			Payer: given("openid", `"o1"`), ExpiresAt: testTime.Add(5 * time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		if end := moment(data["time_expire"]); end.Sub(p.date.Add(5*time.Minute)).Abs() > time.Second {
			t.Errorf("%v off: ends %v", off, end)
		}
	}
}

func TestHeaders(t *testing.T) {
	c, p := newChannel(t, always(500, ""), func(cfg *Config) { cfg.Headers = map[string]string{"jpt-x-skill-source": "tillpay"} })
	c.Query(context.Background(), testOrder())
	if p.header.Get("jpt-x-skill-source") != "tillpay" || p.header.Get("Content-Type") != "application/json; charset=UTF-8" {
		t.Errorf("sent %v", p.header)
	}
	if _, ok := p.header[http.CanonicalHeaderKey("sdk_version")]; ok {
		t.Error("a header that nobody set")
	}
}
