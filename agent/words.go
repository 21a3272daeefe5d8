package agent

import (
	"fmt"
	"slices"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
)

// sentence is one thing that is said to a cashier, by language. Each ends with
// what to do next, and none shows a code.
type sentence struct{ en, zhCN, zhHK string }

func (s sentence) in(language string, args ...any) string {
	text := s.en
	switch language {
	case "zh-CN":
		text = s.zhCN
	case "zh-HK":
		text = s.zhHK
	}
	if len(args) == 0 {
		return text
	}
	for i, arg := range args {
		if inner, ok := arg.(sentence); ok {
			args[i] = inner.in(language)
		}
	}
	return fmt.Sprintf(text, args...)
}

var (
	sayScan      = sentence{"Scan the customer's payment code.", "请扫描顾客的付款码。", "請掃描顧客的付款碼。"}
	sayNotArmed  = sentence{"Another sale comes first. Finish or cancel it, then scan for this one.", "还有另一笔交易未完成，请先完成或取消后再扫描。", "仍有另一宗交易未完成，請先完成或取消後再掃描。"}
	sayOffline   = sentence{"No connection to the payment platform: nothing was charged. Take another way to pay.", "无法连接支付平台，未扣款。请改用其他付款方式。", "未能連接支付平台，並無扣款。請改用其他付款方式。"}
	sayDisk      = sentence{"The till cannot store payments now: nothing was charged. Take another way to pay and call the manager.", "本机暂时无法保存交易，未扣款。请改用其他付款方式并通知店长。", "本機暫時未能儲存交易，並無扣款。請改用其他付款方式並通知店長。"}
	sayFull      = sentence{"The till's storage is full: nothing was charged. Take another way to pay and call the manager to make room.", "本机存储空间已满，未扣款。请改用其他付款方式，并通知店长清理空间。", "本機儲存空間已滿，並無扣款。請改用其他付款方式，並通知店長清理空間。"}
	sayAsk       = sentence{"Ask the customer to confirm on the phone. Do not scan again.", "请顾客在手机上确认付款，请勿重复扫码。", "請顧客在手機上確認付款，請勿重複掃碼。"}
	sayInApp     = sentence{"The customer pays in the app. Wait for it here.", "请顾客在手机应用内完成付款，请在此等候结果。", "請顧客於手機應用內完成付款，請在此等候結果。"}
	sayShown     = sentence{"The customer scans the code and pays in the wallet. Wait for it here.", "请顾客扫描二维码并在钱包中付款，请在此等候结果。", "請顧客掃描二維碼並在錢包中付款，請在此等候結果。"}
	sayChecking  = sentence{"Checking with %s. Do not hand over goods, do not scan again.", "正在向%s查询结果，请勿交付商品，请勿重复扫码。", "正向%s查詢結果，請勿交付商品，請勿重複掃碼。"}
	sayPaid      = sentence{"Paid: %s. Hand over the goods.", "已付款：%s，可以交付商品。", "已付款：%s，可以交付商品。"}
	sayUndoing   = sentence{"Not paid: the payment is being taken back. If the customer sees a charge it is returned automatically. Scan a fresh code or take another way to pay.", "未付款：正在撤销。如顾客看到扣款，将自动退回。请扫描新的付款码或改用其他方式。", "未付款：正在撤銷。如顧客看到扣款，將自動退回。請掃描新的付款碼或改用其他方式。"}
	sayOwed      = sentence{"Not paid. No connection: the payment is taken back as soon as there is one. Take another way to pay.", "未付款。目前无法连接支付平台，恢复后将立即撤销。请改用其他付款方式。", "未付款。目前未能連接支付平台，恢復後會即時撤銷。請改用其他付款方式。"}
	sayUndone    = sentence{"Not paid, and nothing stays charged. Scan a fresh code or take another way to pay.", "未付款，款项未扣或已退回。请扫描新的付款码或改用其他方式。", "未付款，款項未扣或已退回。請掃描新的付款碼或改用其他方式。"}
	sayCancelled = sentence{"Cancelled. If the customer sees a charge it is returned automatically.", "已取消。如顾客看到扣款，将自动退回。", "已取消。如顧客看到扣款，將自動退回。"}
	sayGoingBack = sentence{"The refund of %s is under way. Do not hand over goods.", "正在退款：%s，请勿交付商品。", "正在退款：%s，請勿交付商品。"}
	sayRefunded  = sentence{"Refunded: %s.", "已全额退款：%s。", "已全數退款：%s。"}
	sayAttention = sentence{"The result is not known. Keep the slip, do not charge again, and call the manager: order %s.", "结果未明。请保留单据，勿再次收款，并通知店长：订单 %s。", "結果未明。請保留單據，勿再次收款，並通知店長：訂單 %s。"}

	sayHalf       = sentence{"Only part of the code was read. Scan it again.", "付款码未读完整，请重新扫描。", "付款碼未讀完整，請重新掃描。"}
	sayGlued      = sentence{"Two codes were read at once. Scan one code only.", "同时读到两个码，请只扫描一个。", "同時讀到兩個碼，請只掃描一個。"}
	sayNotACode   = sentence{"This is not a payment code. Scan the code in the customer's wallet app.", "这不是付款码，请扫描顾客钱包里的付款码。", "這不是付款碼，請掃描顧客錢包內的付款碼。"}
	sayGoods      = sentence{"This is a goods barcode, not a payment code. Scan the code in the customer's wallet app.", "这是商品条码，不是付款码，请扫描顾客的付款码。", "這是商品條碼，不是付款碼，請掃描顧客的付款碼。"}
	sayOrder      = sentence{"This is a receipt's number, not a payment code. Scan the code in the customer's wallet app.", "这是小票号码，不是付款码，请扫描顾客的付款码。", "這是收據號碼，不是付款碼，請掃描顧客的付款碼。"}
	sayReceipt    = sentence{"This is our receipt of sale %s. Its payment is shown.", "这是交易 %s 的小票，正在显示其付款结果。", "這是交易 %s 的收據，現正顯示其付款結果。"}
	sayStranger   = sentence{"This number looks like ours, and this till does not know it. Ask at the till that printed it.", "该号码不是本机的交易，请到打印小票的收银机查询。", "此號碼並非本機的交易，請到列印收據的收銀機查詢。"}
	sayNoWallet   = sentence{"This shop does not take %s here. Take another way to pay.", "本机不支持%s，请改用其他付款方式。", "本機不支援%s，請改用其他付款方式。"}
	sayNoCurrency = sentence{"%s cannot pay in %s here. Take another way to pay.", "%s在本机不支持 %s，请改用其他付款方式。", "%s在本機不支援 %s，請改用其他付款方式。"}
	sayBusy       = sentence{"A payment is under way. Do not scan again.", "正在付款中，请勿重复扫码。", "正在付款中，請勿重複掃碼。"}
	sayFresh      = sentence{"This code was used already. Ask the customer to refresh it, then scan again.", "该付款码已使用，请顾客刷新后再扫描。", "此付款碼已使用，請顧客更新後再掃描。"}
	sayStale      = sentence{"The scanned code is no longer fresh. Key the amount, then scan again.", "刚才的付款码已过时，输入金额后请重新扫码。", "剛才的付款碼已過時，輸入金額後請重新掃描。"}
	sayWaiting    = sentence{"A payment code was read. Key the amount within %d seconds.", "已读取付款码，请在 %d 秒内输入金额。", "已讀取付款碼，請於 %d 秒內輸入金額。"}
)

// refusals are sentences for declined payments, with what the cashier does.
var refusals = map[channels.Reason]struct {
	say    sentence
	action string
}{
	channels.InsufficientFunds: {sentence{"The customer's balance is too low. Ask for another card or another way to pay.", "顾客余额不足，请更换银行卡或改用其他方式。", "顧客餘額不足，請更換銀行卡或改用其他方式。"}, actOther},
	channels.CodeInvalid:       {sentence{"The code is not valid. Ask the customer to refresh it, then scan again.", "付款码无效，请顾客刷新后再扫描。", "付款碼無效，請顧客更新後再掃描。"}, actRescan},
	channels.CodeExpired:       {sentence{"The code has expired. Ask the customer to refresh it, then scan again.", "付款码已过期，请顾客刷新后再扫描。", "付款碼已過期，請顧客更新後再掃描。"}, actRescan},
	channels.CodeUsed:          {sayFresh, actRescan},
	channels.CustomerCancelled: {sentence{"The customer cancelled on the phone. Scan again or take another way to pay.", "顾客已在手机上取消，请重新扫描或改用其他方式。", "顧客已在手機上取消，請重新掃描或改用其他方式。"}, actRescan},
	channels.LimitExceeded:     {sentence{"The payment is over the customer's limit. Take another way to pay.", "超出顾客的支付限额，请改用其他付款方式。", "超出顧客的支付限額，請改用其他付款方式。"}, actOther},
	channels.CardNotSupported:  {sentence{"The customer's card is not taken here. Ask for another card or another way to pay.", "不支持顾客的银行卡，请更换银行卡或改用其他方式。", "不支援顧客的銀行卡，請更換銀行卡或改用其他方式。"}, actOther},
	channels.OtherCustomer:     {sentence{"Another customer began this payment. Scan a fresh code.", "付款人与之前不一致，请扫描新的付款码。", "付款人與之前不一致，請掃描新的付款碼。"}, actRescan},
	channels.MerchantConfig:    {sentence{"The payment set-up of this till is not right: nothing was charged. Take another way to pay and call the manager.", "本机支付设置有误，未扣款。请改用其他方式并通知店长。", "本機支付設定有誤，並無扣款。請改用其他方式並通知店長。"}, actManager},
	channels.BadSignature:      {sentence{"The payment keys of this till are not right: nothing was charged. Take another way to pay and call the manager.", "本机支付密钥有误，未扣款。请改用其他方式并通知店长。", "本機支付密鑰有誤，並無扣款。請改用其他方式並通知店長。"}, actManager},
	channels.ClockSkew:         {sentence{"The till's clock is wrong: nothing was charged. Take another way to pay and call the manager.", "本机时间不正确，未扣款。请改用其他方式并通知店长。", "本機時間不正確，並無扣款。請改用其他方式並通知店長。"}, actManager},
	channels.RateLimited:       {sentence{"The platform is busy: nothing was charged. Wait a moment and scan again.", "平台繁忙，未扣款，请稍候再扫描。", "平台繁忙，並無扣款，請稍候再掃描。"}, actRescan},
	channels.PlatformBusy:      {sentence{"The platform is busy: nothing was charged. Wait a moment and scan again.", "平台繁忙，未扣款，请稍候再扫描。", "平台繁忙，並無扣款，請稍候再掃描。"}, actRescan},
	channels.Network:           {sayOffline, actOther},
	channels.LocalRefusal:      {sayOffline, actOther},
}

var sayDeclined = sentence{"The payment was refused: nothing was charged. Take another way to pay.", "付款被拒绝，未扣款，请改用其他付款方式。", "付款被拒絕，並無扣款，請改用其他付款方式。"}

// wallets are brands, in the till's language.
var wallets = map[string]sentence{
	"wechat":   {"WeChat Pay", "微信支付", "微信支付"},
	"alipay":   {"Alipay", "支付宝", "支付寶"},
	"unionpay": {"UnionPay", "银联", "銀聯"},
}

func (t *Till) wallet(name string) string {
	if s, ok := wallets[name]; ok {
		return s.in(t.Language)
	}
	return name
}

// Actions of the cashier, as in the API.
const (
	actScan     = "scan"
	actWait     = "wait"
	actAsk      = "ask_customer"
	actRescan   = "rescan"
	actOther    = "other_method"
	actManager  = "call_manager"
	actDone     = "done"
	stateOpen   = "open"
	statePaying = "paying"
	stateAttn   = "attention"
)

// say is the cashier's sentence and action for a sale as it stands.
func (t *Till) say(v *Sale) (message, action string) {
	money := channels.Format(channels.Money{Amount: v.Amount, Currency: v.Currency})
	var last Payment
	if n := len(v.Payments); n > 0 {
		last = v.Payments[n-1]
	}
	if v.Settlement != nil || v.State == ledger.SaleHeld || v.State == ledger.SaleReleased {
		return t.sayDeposit(v)
	}
	switch v.State {
	case "paid":
		if left(v) <= 0 {
			return sayGoingBack.in(t.Language, money), actDone
		}
		return sayPaid.in(t.Language, money), actDone
	case "refunded":
		return sayRefunded.in(t.Language, money), actDone
	case "cancelled":
		if number := unknown(v.Payments); number != "" { // the platform has refused to give it back
			return sayAttention.in(t.Language, number), actManager
		}
		return sayCancelled.in(t.Language), actDone
	case stateAttn:
		return sayAttention.in(t.Language, unknown(v.Payments)), actManager
	case statePaying:
		if last.prompted && last.ScanText != "" {
			return sayShown.in(t.Language), actAsk
		}
		if last.prompted && last.Prepared {
			return sayInApp.in(t.Language), actAsk
		}
		if last.prompted {
			return sayAsk.in(t.Language), actAsk
		}
		return sayChecking.in(t.Language, t.wallet(last.Wallet)), actWait
	}
	if err := t.DB.Err(); ledger.Full(err) {
		return sayFull.in(t.Language), actOther
	} else if err != nil {
		return sayDisk.in(t.Language), actOther
	}
	return t.sayOpen(v, last)
}

// left is what of a paid sale no refund has asked for.
func left(v *Sale) int64 {
	left := v.Amount
	for _, r := range v.Refunds {
		if payment.RefundState(r.State) != payment.RefundRefused {
			left -= r.Amount
		}
	}
	return left
}

// unknown is the order number of the payment that needs a person.
func unknown(payments []Payment) string {
	i := slices.IndexFunc(payments, func(p Payment) bool { return payment.State(p.State) == payment.Attention })
	if i < 0 {
		return ""
	}
	return payments[i].OutTradeNo
}

// sayOpen is say for an open sale: what became of the last try, or what to do first.
func (t *Till) sayOpen(v *Sale, last Payment) (message, action string) {
	online := t.online(v.Kind, v.Currency)
	switch state := payment.State(last.State); {
	case state == payment.Revoking && !online:
		return sayOwed.in(t.Language), actOther
	case state == payment.Revoking:
		return sayUndoing.in(t.Language), actRescan
	case !online:
		return sayOffline.in(t.Language), actOther
	}
	switch payment.State(last.State) {
	case payment.Declined:
		if r, ok := refusals[last.Reason]; ok {
			return r.say.in(t.Language), r.action
		}
		return sayDeclined.in(t.Language), actOther
	case payment.Revoked:
		return sayUndone.in(t.Language), actRescan
	}
	if !v.Armed {
		return sayNotArmed.in(t.Language), actWait
	}
	return sayScan.in(t.Language), actScan
}
