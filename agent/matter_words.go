package agent

import (
	"encoding/json"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
)

// What happened. Each tells the manager what is known and what it means.
var (
	sayPaymentMatter   = sentence{"Nobody knows for sure whether the customer was charged, and the platform no longer takes this payment back. Find out, and say what is true.", "无法确定顾客是否已被扣款，平台也不再接受撤销。请核实后选择。", "未能確定顧客是否已被扣款，平台亦不再接受撤銷。請核實後選擇。"}
	sayUndoMatter      = sentence{"This payment has been taken back since %s, and the platform has not confirmed it yet. The till goes on trying; the sale counts as not paid.", "该笔付款自 %s 起正在撤销，平台尚未确认。本机会继续尝试，交易按未付款处理。", "此筆付款自 %s 起正在撤銷，平台尚未確認。本機會繼續嘗試，交易按未付款處理。"}
	sayRefundStuck     = sentence{"The refund cannot reach the customer: the account or card takes no money. Give it back in another way, or ask again once that is mended.", "退款无法到达顾客：其账户或银行卡不能入账。请用其他方式退还，或待问题解决后再次申请。", "退款未能到達顧客：其帳戶或銀行卡不能入帳。請以其他方式退還，或待問題解決後再次申請。"}
	sayRefundRefused   = sentence{"The platform refused this refund: nothing was given back. Tell the customer, and give the money back in another way.", "平台拒绝了该笔退款，款项未退还。请告知顾客，并用其他方式退还。", "平台拒絕了此筆退款，款項未退還。請告知顧客，並以其他方式退還。"}
	sayRefundOwed      = sentence{"This refund has been owed since %s, and the platform has not taken it yet. The till goes on asking.", "该笔退款自 %s 起待退，平台尚未受理。本机会继续申请。", "此筆退款自 %s 起待退，平台尚未受理。本機會繼續申請。"}
	sayRefundSlow      = sentence{"The platform took this refund, asked for on %s, and has not finished it. Ask the platform's support with its number.", "该笔退款于 %s 申请，平台已受理但尚未完成。请凭单号咨询平台客服。", "此筆退款於 %s 申請，平台已受理但尚未完成。請憑單號查詢平台客服。"}
	sayRefundOver      = sentence{"This refund is done.", "该笔退款已完成。", "此筆退款已完成。"}
	sayOtherCapture    = sentence{"The platform captured %s of the deposit, and %s was asked.", "平台实际扣取押金 %s，而要求扣取的是 %s。", "平台實際扣取按金 %s，而要求扣取的是 %s。"}
	sayOtherRelease    = sentence{"The deposit was to go back whole, and the platform captured %s of it.", "押金应全部退还，但平台已扣取 %s。", "按金應全數退還，但平台已扣取 %s。"}
	sayRefusedCapture  = sentence{"The platform refused to capture %s. The deposit is still held.", "平台拒绝扣取 %s，押金仍被冻结。", "平台拒絕扣取 %s，按金仍被凍結。"}
	sayRefusedRelease  = sentence{"The platform refused to give the deposit of %s back. It is still held.", "平台拒绝退还押金 %s，押金仍被冻结。", "平台拒絕退還按金 %s，按金仍被凍結。"}
	sayReturnedBefore  = sentence{"The deposit went back to the customer before it was captured: nothing was charged.", "押金在扣取之前已退还顾客，未扣款。", "按金在扣取之前已退還顧客，並無扣款。"}
	saySettlementSlow  = sentence{"What was asked of this deposit on %s is not done yet. The till goes on asking.", "%s 对该押金提出的请求尚未完成。本机会继续查询。", "%s 對此按金提出的要求尚未完成。本機會繼續查詢。"}
	saySettlementOver  = sentence{"What was asked of this deposit is done.", "对该押金的请求已完成。", "對此按金的要求已完成。"}
	sayDepositMatter   = sentence{"This deposit goes back to the customer by itself on %s. Capture what is owed before then, on the sale itself for a part, or give it back.", "该押金将于 %s 自动退还顾客。请在此之前扣取应付金额（部分扣取请在该笔交易中操作），或退还。", "此按金將於 %s 自動退還顧客。請於此前扣取應付金額（部分扣取請在該宗交易中操作），或退還。"}
	sayReceiptMatter   = sentence{"Nobody knows whether this slip came out of the printer: %s. Look for it.", "无法确定该单据是否已打印：%s。请查看。", "未能確定此單據是否已打印：%s。請查看。"}
	sayJobParked       = sentence{"A task of the till was given up: %s (%s). Support can read why.", "本机的一项任务已中止：%s（%s）。请联系技术支持。", "本機的一項工作已中止：%s（%s）。請聯絡技術支援。"}
	sayJobFailing      = sentence{"A task of the till fails again and again: %s (%s). It is tried on and on.", "本机的一项任务反复失败：%s（%s）。本机会一直重试。", "本機的一項工作反覆失敗：%s（%s）。本機會一直重試。"}
	sayCertificateBad  = sentence{"The platform of channel %s does not take the till's client certificate: %s. Deposits can be held, and neither captured nor given back, until that is mended. Run tillpay doctor.", "渠道 %s 的平台不接受本机的客户端证书：%s。修复之前押金可以收取，但不能扣取或退还。请运行 tillpay doctor。", "渠道 %s 的平台不接受本機的用戶端憑證：%s。修復之前按金可以收取，但不能扣取或退還。請執行 tillpay doctor。"}
	sayCertificateEnds = sentence{"The client certificate of channel %s ends on %s: from then on deposits can be neither captured nor given back. Put the renewed one in its place before.", "渠道 %s 的客户端证书将于 %s 到期，届时押金不能扣取或退还。请在此之前换上新证书。", "渠道 %s 的用戶端憑證將於 %s 到期，屆時按金不能扣取或退還。請於此前換上新憑證。"}
	sayLossKept        = sentence{"The till's file was damaged. What could be read of it is in a new one, the damaged one is kept as %s; %d entries of the journal are gone, and %d payments or refunds were brought back and are asked about. Compare the days since the last comparison with the platform's statement.", "本机的数据文件已损坏。可读取的内容已转入新文件，损坏的文件保留为 %s；缺失 %d 条流水，已找回 %d 笔付款或退款并重新查询。请将上次对账以来的各日与平台账单核对。", "本機的資料檔案已損壞。可讀取的內容已轉入新檔案，損壞的檔案保留為 %s；缺失 %d 條流水，已尋回 %d 筆付款或退款並重新查詢。請將上次對帳以來的各日與平台帳單核對。"}
	sayLossMissing     = sentence{"%d entries of the till's journal are gone, as after a disk that forgets or an older copy of the file; %d payments or refunds were brought back and are asked about. Compare the days since the last comparison with the platform's statement.", "本机流水缺失 %d 条（磁盘故障，或使用了旧的文件副本）；已找回 %d 笔付款或退款并重新查询。请将上次对账以来的各日与平台账单核对。", "本機流水缺失 %d 條（磁碟故障，或使用了舊的檔案副本）；已尋回 %d 筆付款或退款並重新查詢。請將上次對帳以來的各日與平台帳單核對。"}
	saySomething       = sentence{"Something needs a person that this program does not know: %s.", "有一件本程序不认识的事项待处理：%s。", "有一件本程式不認識的事項待處理：%s。"}
	sayContradicted    = sentence{"The platform proves otherwise. %s", "与平台的答复不符。%s", "與平台的回覆不符。%s"}
	sayUnconfirmed     = sentence{"The platform does not bear this out: confirm it if you know better. %s", "平台的答复不能证实这一点，如您确知属实，请确认。%s", "平台的回覆不能證實這一點，如你確知屬實，請確認。%s"}
	sayOtherUnderWay   = sentence{"Another payment of this sale is under way, and may pay it. Wait until it has ended, then decide.", "该笔交易的另一笔付款正在进行，可能会付款成功。请等其结束后再处理。", "此宗交易的另一筆付款正在進行，可能會付款成功。請待其結束後再處理。"}
	sayPlatformSilent  = sentence{"The platform gives no answer now.", "平台暂无答复。", "平台暫無回覆。"}
	sayPlatformOdd     = sentence{"The platform's answer does not fit this order: its amount, merchant or number is another. It proves nothing.", "平台的答复与该订单不符（金额、商户或单号不同），不能作为依据。", "平台的回覆與此訂單不符（金額、商戶或單號不同），不能作為依據。"}
	sayPlatformOffline = sentence{"No answer: there is no connection to the platform.", "暂无答复：目前无法连接支付平台。", "暫無回覆：目前未能連接支付平台。"}
)

// What can be done.
var (
	doPaid         = sentence{"The customer was charged: the sale is paid", "顾客已被扣款：按已付款处理", "顧客已被扣款：按已付款處理"}
	doRevoked      = sentence{"The customer was not charged, or has the money back", "顾客未被扣款，或款项已退回", "顧客未被扣款，或款項已退回"}
	doUndoAgain    = sentence{"Try again to take it back", "再次尝试撤销", "再次嘗試撤銷"}
	doWait         = sentence{"Go on trying, and tell me again tomorrow", "继续尝试，明天再提醒我", "繼續嘗試，明天再提醒我"}
	doStop         = sentence{"Stop trying: I settle it by hand", "停止尝试，由我人工处理", "停止嘗試，由我人手處理"}
	doGivenBack    = sentence{"The customer has the money back", "顾客已收到退款", "顧客已收到退款"}
	doAgain        = sentence{"Ask the platform again", "再次向平台申请", "再次向平台申請"}
	doNotGivenBack = sentence{"It was not given back: strike this refund out", "款项未退还：作废该笔退款", "款項未退還：作廢此筆退款"}
	doTold         = sentence{"The customer has been told", "已告知顾客", "已告知顧客"}
	doDifference   = sentence{"Give %s back to the customer", "退还顾客 %s", "退還顧客 %s"}
	doAccept       = sentence{"Leave it as the platform has it", "按平台的结果保留", "按平台的結果保留"}
	doRelease      = sentence{"Give the whole deposit back", "全部退还押金", "全數退還按金"}
	doLeave        = sentence{"Leave it held for now", "暂时保持冻结", "暫時保持凍結"}
	doCaptureAll   = sentence{"Capture all of it: %s", "全部扣取：%s", "全數扣取：%s"}
	doLetReturn    = sentence{"Let it go back by itself", "任其自动退还", "任其自動退還"}
	doCameOut      = sentence{"It came out", "已打印", "已打印"}
	doPrintAgain   = sentence{"Print it again, marked as a copy", "重新打印，并注明为补打", "重新打印，並註明為重印"}
	doTryAgain     = sentence{"Try again now", "立即重试", "立即重試"}
	doDrop         = sentence{"Drop it for good", "永久放弃", "永久放棄"}
	doCompared     = sentence{"The days were compared with the platform's statement", "已与平台账单核对", "已與平台帳單核對"}
	doSeen         = sentence{"I have seen it", "我已知悉", "我已知悉"}
)

// refundAnswers are a platform's words about a refund; about a payment they are liveWords.
var refundAnswers = map[channels.Outcome]sentence{
	channels.Refunded: {"The platform says: the refund is done.", "平台回复：退款已完成。", "平台回覆：退款已完成。"},
	channels.Accepted: {"The platform says: the refund is under way.", "平台回复：退款处理中。", "平台回覆：退款處理中。"},
	channels.Paying:   {"The platform says: the refund is under way.", "平台回复：退款处理中。", "平台回覆：退款處理中。"},
	channels.Refused:  {"The platform says: the refund was not made.", "平台回复：退款未成功。", "平台回覆：退款未成功。"},
	channels.Declined: {"The platform says: the refund was not made.", "平台回复：退款未成功。", "平台回覆：退款未成功。"},
	channels.NotFound: {"The platform knows no such refund.", "平台查无此笔退款。", "平台查無此筆退款。"},
}

var slipNames = map[string]sentence{
	"sale":      {"the receipt", "小票", "收據"},
	"refund":    {"the refund slip", "退款单", "退款單"},
	"cancelled": {"the slip of a cancelled payment", "取消付款单", "取消付款單"},
	"attention": {"the slip of an unresolved payment", "待确认付款单", "待確認付款單"},
	"deposit":   {"the deposit slip", "押金单", "按金單"},
	"released":  {"the slip of a returned deposit", "押金退还单", "按金退還單"},
}

// answerWords are what the platform said, as a sentence.
func (s *subject) answerWords() sentence {
	switch {
	case s.link == nil, s.link.offline():
		return sayPlatformOffline
	case s.answer != nil && s.answer.odd:
		return sayPlatformOdd
	case s.answer == nil, !s.answer.Answered:
		return sayPlatformSilent
	case s.refund.RefundNo != "":
		return refundAnswers[s.answer.reply.Outcome].or(sayPlatformSilent)
	}
	return liveSentence(s.sale, s.payment, s.answer.reply).or(sayPlatformSilent)
}

func (s sentence) or(other sentence) sentence {
	if s.en == "" {
		return other
	}
	return s
}

func refundHappened(t *Till, s *subject) (sentence, []any) {
	switch payment.RefundState(s.refund.State) {
	case payment.RefundAttention:
		return sayRefundStuck, nil
	case payment.RefundRefused:
		return sayRefundRefused, nil
	case payment.RefundAccepted:
		return sayRefundSlow, []any{t.clock(s.refund.AskedAt)}
	case payment.RefundDone:
		return sayRefundOver, nil
	}
	return sayRefundOwed, []any{t.clock(s.refund.AskedAt)}
}

func settlementHappened(t *Till, s *subject) (sentence, []any) {
	capture := s.settlement.Kind == ledger.Capture
	switch state := payment.SettleState(s.settlement.State); {
	case state == payment.SettleAttention && capture:
		return sayOtherCapture, []any{s.in(s.sale.Captured), s.in(s.settlement.Amount)}
	case state == payment.SettleAttention:
		return sayOtherRelease, []any{s.in(s.sale.Captured)}
	case state == payment.SettleRefused && s.sale.State != ledger.SaleHeld:
		return sayReturnedBefore, nil
	case state == payment.SettleRefused && capture:
		return sayRefusedCapture, []any{s.in(s.settlement.Amount)}
	case state == payment.SettleRefused:
		return sayRefusedRelease, []any{s.in(s.settlement.Amount)}
	case state == payment.SettleDone:
		return saySettlementOver, nil
	}
	return saySettlementSlow, []any{t.clock(s.settlement.AskedAt)}
}

func receiptHappened(_ *Till, s *subject) (sentence, []any) {
	return sayReceiptMatter, []any{slipNames[s.slip().Slip.Kind].or(slipNames["sale"])}
}

func lossHappened(_ *Till, s *subject) (sentence, []any) {
	var l ledger.Loss
	if json.Unmarshal(s.Data, &l) != nil {
		return saySomething, []any{s.Number}
	}
	if l.Kept != "" {
		return sayLossKept, []any{l.Kept, l.Entries(), len(l.Restored)}
	}
	return sayLossMissing, []any{l.Entries(), len(l.Restored)}
}

func jobHappened(_ *Till, s *subject) (sentence, []any) {
	job := s.job()
	if job.Parked {
		return sayJobParked, []any{s.Number, job.Reason}
	}
	return sayJobFailing, []any{s.Number, job.Reason}
}

// undoingSince is when a payment's undo began.
func undoingSince(s *subject) time.Time {
	var life payment.Life
	if json.Unmarshal(s.payment.Progress, &life) == nil && !life.Since.IsZero() {
		return life.Since
	}
	return s.payment.SubmittedAt
}

// returns is when the platform gives a held deposit back.
func (s *subject) returns() time.Time {
	if s.link == nil {
		return time.Time{}
	}
	return s.link.account.HoldOf(s.payment).ReturnsAt
}

// clock writes a moment in the till's zone.
func (t *Till) clock(at time.Time) string {
	if at.IsZero() {
		return "?"
	}
	return at.In(t.Zone).Format("2006-01-02 15:04")
}
