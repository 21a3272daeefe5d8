package reconcile

// Finding is why a row is as it is. Programs branch on it; one may be added,
// none is renamed.
type Finding string

const (
	Agrees   Finding = "agrees"
	Returned Finding = "returned" // charged and given back, and the till calls it undone

	PaymentMissing Finding = "payment_missing"
	RefundMissing  Finding = "refund_missing"
	RefundOpen     Finding = "refund_open"
	OtherDay       Finding = "other_day"
	Unsettled      Finding = "unsettled"

	PaymentUnknown Finding = "payment_unknown" // this till's number, and not in its books
	PaymentForeign Finding = "payment_foreign" // no till's number
	RefundUnknown  Finding = "refund_unknown"
	RefundForeign  Finding = "refund_foreign"
	RefundOutside  Finding = "refund_outside" // of a payment of ours

	AmountDiffers     Finding = "amount"
	CurrencyDiffers   Finding = "currency"
	NumberDiffers     Finding = "platform_number"
	ListedTwice       Finding = "listed_twice"
	ChargedNotPaid    Finding = "charged_not_paid"
	ChargedUnsettled  Finding = "charged_unsettled"
	ReturnedUnsettled Finding = "returned_unsettled"
	RefundFailed      Finding = "refund_failed"
	RefundedAfterAll  Finding = "refunded_after_all"
	RefundStopped     Finding = "refund_stopped"
)

// sentence is what to do, by language.
type sentence struct{ en, zhCN, zhHK string }

func (s sentence) in(language string) string {
	switch language {
	case "zh-CN":
		return s.zhCN
	case "zh-HK":
		return s.zhHK
	}
	return s.en
}

// In says a finding and what to do about it.
func (f Finding) In(language string) string { return words[f].in(language) }

// Note says which days are meant: the platforms count theirs in Beijing time.
func Note(language string) string { return note.in(language) }

var note = sentence{
	"The day is the platform's: 00:00 to 24:00 Beijing time. It may differ from the till's own business day.",
	"以平台日期为准：北京时间 0 时至 24 时，可能与本机营业日不同。",
	"以平台日期為準：北京時間 0 時至 24 時，可能與本機營業日不同。",
}

// UnitNote says that a file's unit was misread.
func UnitNote(language string) string { return unitNote.in(language) }

var unitNote = sentence{
	"Every amount of the file is off by the same factor: its unit was read wrongly and no money is missing. Send the file to support.",
	"文件中每笔金额都相差同一倍数：是金额单位读取有误，并非少款。请将文件交给技术支持。",
	"檔案中每筆金額都相差同一倍數：是金額單位讀取有誤，並非少款。請將檔案交給技術支援。",
}

var words = map[Finding]sentence{
	Agrees: {"Nothing to do.", "无需处理。", "毋須處理。"},
	Returned: {"Nothing to do: the platform charged it and gave it back, and the till calls it not paid.",
		"无需处理：平台已扣款并退回，本机记为未付款。", "毋須處理：平台已扣款並退回，本機記為未付款。"},

	PaymentMissing: {"Paid here, and not in the platform's file. Look it up (tillpay show NUMBER): if the platform says paid, reconcile the days before and after; if not, call its support with the number.",
		"本机已付款，平台文件中没有。请查询该单（tillpay show 单号）：若平台回复已付款，请核对前后一天；否则凭单号联系平台客服。",
		"本機已付款，平台檔案中沒有。請查詢該單（tillpay show 單號）：若平台回覆已付款，請核對前後一天；否則憑單號聯絡平台客服。"},
	RefundMissing: {"Refunded here, and not in the platform's file. Reconcile the days before and after; if it is in neither, call the platform's support with the refund's number.",
		"本机已退款，平台文件中没有。请核对前后一天；若仍没有，请凭退款单号联系平台客服。",
		"本機已退款，平台檔案中沒有。請核對前後一天；若仍沒有，請憑退款單號聯絡平台客服。"},
	RefundOpen: {"The refund is not finished. The till goes on by itself; reconcile this day again when it is.",
		"退款尚未完成，本机会继续跟进，完成后请重新核对该日。", "退款尚未完成，本機會繼續跟進，完成後請重新核對該日。"},
	OtherDay: {"The refund began this day and ended later: look for it in the file of the day it ended.",
		"退款当日发起，之后才完成：请在完成当日的文件中查找。", "退款當日發起，之後才完成：請在完成當日的檔案中尋找。"},
	Unsettled: {"The till does not know the result, and the platform's file has no charge. If it waits for a person, close it as not paid.",
		"本机结果未明，平台文件中无扣款。若等待人工处理，请以未付款结案。", "本機結果未明，平台檔案中並無扣款。若等待人手處理，請以未付款結案。"},

	PaymentUnknown: {"The platform was paid under this till's number, and its books do not have it: books were lost or changed. Run tillpay verify, and give the money back in the platform's console unless the goods were handed over.",
		"平台已收款，单号属于本机，但本机账目中没有：账目曾丢失或被改动。请运行 tillpay verify；若商品未交付，请在平台后台退款。",
		"平台已收款，單號屬於本機，但本機帳目中沒有：帳目曾遺失或被改動。請執行 tillpay verify；若商品未交付，請在平台後台退款。"},
	PaymentForeign: {"Paid to this account by another program. Compare it with that program's records.",
		"由其他程序收款，请与该程序的记录核对。", "由其他程式收款，請與該程式的紀錄核對。"},
	RefundUnknown: {"The platform gave money back under this till's number, and its books do not have it. Run tillpay verify, and ask who refunded it.",
		"平台已退款，单号属于本机，但本机账目中没有。请运行 tillpay verify，并查明由谁退款。",
		"平台已退款，單號屬於本機，但本機帳目中沒有。請執行 tillpay verify，並查明由誰退款。"},
	RefundForeign: {"Given back by another program. Compare it with that program's records.",
		"由其他程序退款，请与该程序的记录核对。", "由其他程式退款，請與該程式的紀錄核對。"},
	RefundOutside: {"Given back outside this till, for instance in the platform's console. Ask who did it, and do not refund that amount here again.",
		"在本机以外退款，例如平台后台。请查明由谁操作，切勿在本机再次退还该金额。",
		"在本機以外退款，例如平台後台。請查明由誰操作，切勿在本機再次退還該金額。"},

	AmountDiffers: {"The amounts differ. The platform's is what moved: correct the POS's records by it, and call support if it happens again.",
		"金额不一致，实际以平台为准：请据此更正收银记录；如再次发生，请联系技术支持。",
		"金額不一致，實際以平台為準：請據此更正收銀紀錄；如再次發生，請聯絡技術支援。"},
	CurrencyDiffers: {"The currencies differ. Call the platform's support with the number.",
		"币种不一致，请凭单号联系平台客服。", "幣種不一致，請憑單號聯絡平台客服。"},
	NumberDiffers: {"The platform lists it under another order or number than it told the till. Call its support with both numbers.",
		"平台文件中的订单号与当时告知本机的不同，请凭两个号码联系平台客服。", "平台檔案中的訂單號與當時告知本機的不同，請憑兩個號碼聯絡平台客服。"},
	ListedTwice: {"The platform lists it more than once: the customer may have been charged or refunded twice. Call its support with the number before giving anything back.",
		"平台文件中重复出现：顾客可能被重复扣款或退款。退款前请先凭单号联系平台客服。",
		"平台檔案中重複出現：顧客可能被重複扣款或退款。退款前請先憑單號聯絡平台客服。"},
	ChargedNotPaid: {"The customer was charged for a payment that the till calls not paid. Look it up (tillpay show NUMBER), and if it is still charged give the money back in the platform's console.",
		"本机记为未付款，但平台已扣款。请查询该单（tillpay show 单号）；若仍未退回，请在平台后台退款。",
		"本機記為未付款，但平台已扣款。請查詢該單（tillpay show 單號）；若仍未退回，請在平台後台退款。"},
	ChargedUnsettled: {"The platform was paid, and the till does not know it yet. If it waits for a person, close it as paid if the goods were handed over, else give the money back.",
		"平台已收款，本机结果未明。若等待人工处理：商品已交付则以已付款结案，否则退款。",
		"平台已收款，本機結果未明。若等待人手處理：商品已交付則以已付款結案，否則退款。"},
	ReturnedUnsettled: {"The platform charged it and gave it back, and the till does not know it yet. If it waits for a person, close it as not paid.",
		"平台已扣款并退回，本机结果未明。若等待人工处理，请以未付款结案。", "平台已扣款並退回，本機結果未明。若等待人手處理，請以未付款結案。"},
	RefundFailed: {"The platform could not give the money back. Refund in the platform's console, or in cash against a signature.",
		"平台退款失败，请在平台后台退款，或签收现金退还。", "平台退款失敗，請在平台後台退款，或簽收現金退還。"},
	RefundedAfterAll: {"The platform gave it back, and the till calls the refund refused. Do not refund again.",
		"平台已退款，本机记为被拒绝，切勿再次退款。", "平台已退款，本機記為被拒絕，切勿再次退款。"},
	RefundStopped: {"The platform gave it back, and the till waits for a person: close it as done.",
		"平台已退款，本机等待人工处理：请以已完成结案。", "平台已退款，本機等待人手處理：請以已完成結案。"},
}
