package printer

import "strings"

// words is everything a slip says of its own, in one language. A test holds
// that no word is missing.
type words struct {
	Copy, CopyNote, CopyNoteBy string // {time} and {who} are filled in

	// Titles are the first line of every slip that is not a plain sale.
	DepositTitle, RefundTitle, CancelledTitle, ReturnedTitle, AttentionTitle, OrderTitle string
	ShopCopy, DayTitle                                                                   string
	// Notes say under the title what the customer should know or do.
	DepositNote, RefundNote, CancelledNote, ReturnedNote, OrderNote, OrderUntil string // {time} is filled in
	AttentionOrders, AttentionNotes                                             [2]string

	Till, Cashier, Reference                                           string
	Total, Held, ToPay, RefundAmount, NotCharged, Returned, InQuestion string
	Discount, PaidWith, Wallet, CustomerPaid, CustomerGotBack, Rate    string
	PaidAt, OrderNo, PlatformNo, RefundNo, Reason, Scan, Goodbye       string

	// Of the day report.
	DayOf, Printed, Payments, Paid, Refunds, Refunded, NotDone, Net, Unsettled, NothingSold, AllChannels string

	Wallets map[string]string // by the wallet's name in the config and the API
}

// vocabulary holds the languages of the till's settings.
var vocabulary = map[string]*words{"en": english, "zh-CN": mainland, "zh-HK": hongKong}

var english = &words{
	Copy:            "COPY",
	CopyNote:        "Reprinted {time}",
	CopyNoteBy:      "Reprinted {time} by {who}",
	DepositTitle:    "DEPOSIT HELD",
	RefundTitle:     "REFUND",
	CancelledTitle:  "CANCELLED - NOT CHARGED",
	ReturnedTitle:   "CANCELLED - MONEY RETURNED",
	AttentionTitle:  "RESULT NOT KNOWN",
	OrderTitle:      "SCAN TO PAY",
	OrderNote:       "Open your wallet and scan the code below.",
	OrderUntil:      "Until {time}",
	ToPay:           "To pay",
	DepositNote:     "Held, not charged. What is not used goes back to the wallet.",
	RefundNote:      "The money goes back to the wallet that paid.",
	CancelledNote:   "Nothing was charged for this payment.",
	ReturnedNote:    "The whole amount went back to the wallet that paid.",
	AttentionOrders: [2]string{"KEEP THIS SLIP", "DO NOT PAY AGAIN"},
	AttentionNotes:  [2]string{"We do not know yet whether this payment went through.", "A manager will settle it with you."},
	Till:            "Till",
	Cashier:         "Cashier",
	Reference:       "Reference",
	Total:           "TOTAL",
	Held:            "Deposit held",
	RefundAmount:    "REFUND",
	NotCharged:      "Not charged",
	Returned:        "Returned",
	InQuestion:      "In question",
	Discount:        "Discount",
	PaidWith:        "Paid with",
	Wallet:          "Wallet",
	CustomerPaid:    "Customer paid",
	CustomerGotBack: "Customer gets back",
	Rate:            "Rate",
	PaidAt:          "Paid at",
	OrderNo:         "Order no.",
	PlatformNo:      "Platform no.",
	RefundNo:        "Refund no.",
	Reason:          "Reason",
	Scan:            "For a refund or a question, show this code",
	Goodbye:         "Thank you",
	ShopCopy:        "MERCHANT COPY",
	DayTitle:        "DAY REPORT",
	DayOf:           "Business day",
	Printed:         "Printed",
	Payments:        "Payments",
	Paid:            "Paid",
	Refunds:         "Refunds",
	Refunded:        "Refunded",
	NotDone:         "of it not yet returned",
	Net:             "NET",
	Unsettled:       "Not settled yet",
	NothingSold:     "Nothing was paid or refunded.",
	AllChannels:     "All channels",
	Wallets: map[string]string{
		"wechat":   "WeChat Pay",
		"alipay":   "Alipay",
		"alipayhk": "AlipayHK",
		"unionpay": "UnionPay",
		"ecny":     "e-CNY",
		"jd":       "JD Pay",
		"qq":       "QQ Wallet",
	},
}

var mainland = &words{
	Copy:            "补打",
	CopyNote:        "{time} 补打",
	CopyNoteBy:      "{time} 由 {who} 补打",
	DepositTitle:    "押金已冻结",
	RefundTitle:     "退款",
	CancelledTitle:  "已取消 - 未扣款",
	ReturnedTitle:   "已取消 - 已退回",
	AttentionTitle:  "付款结果未确认",
	OrderTitle:      "扫码付款",
	OrderNote:       "请打开钱包扫描下方二维码。",
	OrderUntil:      "有效期至 {time}",
	ToPay:           "应付",
	DepositNote:     "此款为冻结押金，尚未扣款。未使用部分将退回原付款钱包。",
	RefundNote:      "款项将退回原付款钱包。",
	CancelledNote:   "本次付款未扣款。",
	ReturnedNote:    "款项已全额退回原付款钱包。",
	AttentionOrders: [2]string{"请保留此单据", "请勿再次付款"},
	AttentionNotes:  [2]string{"目前尚不能确认本次付款是否成功。", "店长会为您处理。"},
	Till:            "收银机",
	Cashier:         "收银员",
	Reference:       "小票号",
	Total:           "合计",
	Held:            "押金金额",
	RefundAmount:    "退款金额",
	NotCharged:      "未扣款金额",
	Returned:        "退回金额",
	InQuestion:      "待确认金额",
	Discount:        "优惠",
	PaidWith:        "付款方式",
	Wallet:          "付款钱包",
	CustomerPaid:    "顾客实付",
	CustomerGotBack: "顾客实退",
	Rate:            "汇率",
	PaidAt:          "付款时间",
	OrderNo:         "订单号",
	PlatformNo:      "平台单号",
	RefundNo:        "退款单号",
	Reason:          "原因",
	Scan:            "查询或退款请出示此码",
	Goodbye:         "谢谢惠顾",
	ShopCopy:        "商户存根",
	DayTitle:        "日结报表",
	DayOf:           "营业日",
	Printed:         "打印时间",
	Payments:        "收款笔数",
	Paid:            "收款金额",
	Refunds:         "退款笔数",
	Refunded:        "退款金额",
	NotDone:         "其中尚未到账",
	Net:             "净额",
	Unsettled:       "未确认笔数",
	NothingSold:     "当日无收款和退款。",
	AllChannels:     "全部渠道",
	Wallets: map[string]string{
		"wechat":   "微信支付",
		"alipay":   "支付宝",
		"alipayhk": "支付宝香港",
		"unionpay": "云闪付",
		"ecny":     "数字人民币",
		"jd":       "京东支付",
		"qq":       "QQ钱包",
	},
}

var hongKong = &words{
	Copy:            "重印",
	CopyNote:        "{time} 重印",
	CopyNoteBy:      "{time} 由 {who} 重印",
	DepositTitle:    "按金已凍結",
	RefundTitle:     "退款",
	CancelledTitle:  "已取消 - 未扣款",
	ReturnedTitle:   "已取消 - 已退回",
	AttentionTitle:  "付款結果未能確認",
	OrderTitle:      "掃碼付款",
	OrderNote:       "請打開錢包掃描下方二維碼。",
	OrderUntil:      "有效期至 {time}",
	ToPay:           "應付",
	DepositNote:     "此款為凍結按金，尚未扣款。未使用部分將退回原付款錢包。",
	RefundNote:      "款項將退回原付款錢包。",
	CancelledNote:   "是次付款並無扣款。",
	ReturnedNote:    "款項已全數退回原付款錢包。",
	AttentionOrders: [2]string{"請保留此單據", "請勿再次付款"},
	AttentionNotes:  [2]string{"目前未能確認是次付款是否成功。", "經理會為閣下處理。"},
	Till:            "收銀機",
	Cashier:         "收銀員",
	Reference:       "單據號",
	Total:           "合計",
	Held:            "按金金額",
	RefundAmount:    "退款金額",
	NotCharged:      "未扣款金額",
	Returned:        "退回金額",
	InQuestion:      "待確認金額",
	Discount:        "優惠",
	PaidWith:        "付款方式",
	Wallet:          "付款錢包",
	CustomerPaid:    "顧客實付",
	CustomerGotBack: "顧客實退",
	Rate:            "匯率",
	PaidAt:          "付款時間",
	OrderNo:         "訂單號",
	PlatformNo:      "平台單號",
	RefundNo:        "退款單號",
	Reason:          "原因",
	Scan:            "查詢或退款請出示此碼",
	Goodbye:         "多謝惠顧",
	ShopCopy:        "商戶存根",
	DayTitle:        "日結報表",
	DayOf:           "營業日",
	Printed:         "列印時間",
	Payments:        "收款宗數",
	Paid:            "收款金額",
	Refunds:         "退款宗數",
	Refunded:        "退款金額",
	NotDone:         "其中尚未到帳",
	Net:             "淨額",
	Unsettled:       "未確認宗數",
	NothingSold:     "當日沒有收款及退款。",
	AllChannels:     "全部渠道",
	Wallets: map[string]string{
		"wechat":   "微信支付",
		"alipay":   "支付寶",
		"alipayhk": "支付寶香港",
		"unionpay": "雲閃付",
		"ecny":     "數字人民幣",
		"jd":       "京東支付",
		"qq":       "QQ錢包",
	},
}

// wordsFor answers the nearest language: the setting's own, else the script that
// a reader of another Chinese tag expects, else English.
func wordsFor(language string) *words {
	if w := vocabulary[language]; w != nil {
		return w
	}
	switch {
	case strings.HasPrefix(language, "zh-Hant"), strings.HasPrefix(language, "zh-TW"), strings.HasPrefix(language, "zh-MO"):
		return hongKong
	case strings.HasPrefix(language, "zh"):
		return mainland
	}
	return english
}

// wallet names whose app paid; one that no table knows is shown as it is called.
func (w *words) wallet(name string) string {
	if s := w.Wallets[name]; s != "" {
		return s
	}
	return name
}
