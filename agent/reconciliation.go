package agent

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/agent/reconcile"
	"tillpay/channels"
)

// Reconciliation is a day of the platforms' compared with the till's books.
type Reconciliation struct {
	Date     string         `json:"date"`
	TimeZone string         `json:"time_zone"` // in which the platforms count it
	Note     string         `json:"note"`
	Channels []Reconciled   `json:"channels"`
	Without  []*NoStatement `json:"without"` // channels that could not be compared
}

// Reconciled is one channel's comparison.
type Reconciled struct {
	Channel string `json:"channel"`
	File    string `json:"file"`
	Warning string `json:"warning,omitempty"`
	reconcile.Table
}

// Differences is the number of rows that need a person.
func (r *Reconciliation) Differences() (n int) {
	for _, c := range r.Channels {
		n += c.Table.Differences()
	}
	return n
}

// NoStatement is a channel whose day cannot be compared.
type NoStatement struct {
	Channel string `json:"channel"`
	Code    string `json:"code"` // not_ready, no_statement, statement_failed, statement_unreadable
	Problem string `json:"message"`
	cause   error
}

func (e *NoStatement) Error() string { return e.Channel + ": " + e.Code + ": " + e.Problem }

func (e *NoStatement) Unwrap() error { return e.cause }

var (
	sayNotReady     = sentence{"The platform's file of this day is not ready. It is from 10:00 Beijing time of the next day; try again then.", "该日的平台文件尚未生成，次日北京时间 10 时后可取，请届时再试。", "該日的平台檔案尚未產生，翌日北京時間 10 時後可取，請屆時再試。"}
	sayNoStatement  = sentence{"This platform gives no statement that can be compared. Compare the day's totals with its console.", "该平台不提供可核对的文件，请将当日合计与平台后台核对。", "該平台不提供可核對的檔案，請將當日合計與平台後台核對。"}
	sayNoFile       = sentence{"The platform's file could not be fetched. Check the connection and try again.", "未能取得平台文件，请检查网络后重试。", "未能取得平台檔案，請檢查網絡後重試。"}
	sayNotFile      = sentence{"The platform's file could not be read, and nothing of it was guessed. It is kept at %s: send it to support.", "平台文件无法读取，未作任何猜测。文件保存在 %s，请交给技术支持。", "平台檔案無法讀取，未作任何猜測。檔案保存於 %s，請交給技術支援。"}
	notReconcilable = []string{"not_ready", "statement_failed", "statement_unreadable", "no_statement"} // the likeliest to be mended first
)

// Reconcile compares a day with the statement of one channel, or of all if
// channel is empty. It changes nothing, here or there. If no channel could be
// compared, the error is a *NoStatement.
func (t *Till) Reconcile(ctx context.Context, date, channel string) (*Reconciliation, error) {
	from, err := time.ParseInLocation(time.DateOnly, date, channels.Beijing())
	if err != nil {
		return nil, errNoDay
	}
	if channel != "" && t.links[channel] == nil {
		return nil, &Invalid{"channel", fmt.Sprintf("%q is no channel of this till", channel)}
	}
	r := &Reconciliation{Date: date, TimeZone: from.Location().String(), Note: reconcile.Note(t.Language), Channels: []Reconciled{}, Without: []*NoStatement{}}
	for _, name := range slices.Sorted(maps.Keys(t.links)) {
		if channel != "" && channel != name {
			continue
		}
		c, err := t.reconcile(ctx, name, from)
		var without *NoStatement
		switch {
		case err == nil:
			r.Channels = append(r.Channels, *c)
		case errors.As(err, &without):
			r.Without = append(r.Without, without)
		default:
			return nil, err
		}
	}
	if len(r.Channels) > 0 {
		return r, nil
	}
	for _, code := range notReconcilable {
		if i := slices.IndexFunc(r.Without, func(w *NoStatement) bool { return w.Code == code }); i >= 0 {
			return nil, r.Without[i]
		}
	}
	return nil, &NoStatement{"", "no_statement", sayNoStatement.in(t.Language), nil} // a till without channels
}

func (t *Till) reconcile(ctx context.Context, name string, from time.Time) (*Reconciled, error) {
	lines, file, err := t.statement(ctx, name, from)
	if err != nil {
		return nil, err
	}
	books, err := t.books(ctx, name, from, from.AddDate(0, 0, 1), lines)
	if err != nil {
		return nil, err
	}
	c := &Reconciled{Channel: name, File: file, Table: reconcile.Match(books, lines)}
	c.Say(t.Language)
	if c.Unit {
		c.Warning = reconcile.UnitNote(t.Language)
	}
	return c, nil
}

// statement fetches and reads a channel's file. A day that is not over has none,
// and the platform is not asked for it.
func (t *Till) statement(ctx context.Context, name string, from time.Time) ([]channels.Line, string, error) {
	without := func(code string, say sentence, cause error, args ...any) error {
		if cause != nil && code != "not_ready" {
			t.Log.Warn("statement not usable", "channel", name, "day", from.Format(time.DateOnly), "error", cause)
		}
		return &NoStatement{name, code, say.in(t.Language, args...), cause}
	}
	platform := t.links[name].account.Channel
	fetcher, fetches := platform.(channels.Statementer)
	reader, reads := platform.(channels.StatementReader)
	switch {
	case !fetches || !reads || !platform.Sheet().Statement:
		return nil, "", without("no_statement", sayNoStatement, nil)
	case t.Now().Before(from.AddDate(0, 0, 1)) && !platform.Sheet().StatementToday:
		return nil, "", without("not_ready", sayNotReady, nil)
	}
	file, err := fetcher.Statement(ctx, from)
	if errors.Is(err, channels.ErrNotReady) {
		return nil, "", without("not_ready", sayNotReady, err)
	} else if err != nil {
		return nil, "", without("statement_failed", sayNoFile, err)
	}
	lines, err := reader.ReadStatement(file)
	if err != nil {
		return nil, "", without("statement_unreadable", sayNotFile, err, t.keep(file))
	}
	return lines, file.Name, nil
}

// keep stores a file that nobody could read, for support.
func (t *Till) keep(file channels.Statement) string {
	dir := filepath.Join(filepath.Dir(t.DB.Path()), "statements")
	path := filepath.Join(dir, filepath.Base(file.Name))
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = os.WriteFile(path, file.Body, 0o600)
	}
	if err != nil {
		t.Log.Error("statement not kept", "error", err)
		return "-"
	}
	return path
}

// books are ours of a channel's day, and whatever else the lines name.
func (t *Till) books(ctx context.Context, channel string, from, to time.Time, lines []channels.Line) (reconcile.Books, error) {
	b := reconcile.Books{From: from, To: to, OriginOf: func(number string) reconcile.Origin {
		return origins[payment.OriginOf(number, t.Place.ID)]
	}}
	payments, err := t.DB.PaymentsBetween(ctx, from, to)
	if err != nil {
		return b, err
	}
	refunds, err := t.DB.RefundsBetween(ctx, from, to)
	if err != nil {
		return b, err
	}
	known := map[string]bool{}
	addPayment := func(p ledger.BookedPayment) {
		if !known[p.OutTradeNo] {
			known[p.OutTradeNo] = true
			b.Payments = append(b.Payments, bookPayment(p))
		}
	}
	addRefund := func(f ledger.BookedRefund) {
		if !known[f.RefundNo] {
			known[f.RefundNo] = true
			b.Refunds = append(b.Refunds, bookRefund(f))
		}
	}
	for _, p := range payments {
		if p.Channel == channel {
			addPayment(p)
		}
	}
	for _, f := range refunds {
		if f.Channel == channel {
			addRefund(f)
		}
	}
	for _, l := range lines {
		if err := named(ctx, l.OutTradeNo, known, t.DB.BookedPayment, addPayment); err != nil {
			return b, err
		}
		if err := named(ctx, l.RefundNo, known, t.DB.BookedRefund, addRefund); err != nil {
			return b, err
		}
	}
	return b, nil
}

// named adds what a line names, if we have it and do not have it already.
func named[T any](ctx context.Context, number string, known map[string]bool, find func(context.Context, string) (T, error), add func(T)) error {
	if number == "" || known[number] {
		return nil
	}
	v, err := find(ctx, number)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	add(v)
	return nil
}

var origins = map[payment.Origin]reconcile.Origin{
	payment.Stranger: reconcile.Stranger, payment.OtherTill: reconcile.OtherTill, payment.ThisTill: reconcile.ThisTill,
}

var paymentStates = map[payment.State]reconcile.State{
	payment.Paid: reconcile.Moved, payment.Declined: reconcile.Still, payment.Revoked: reconcile.Still, payment.Attention: reconcile.Stopped,
}

var refundStates = map[payment.RefundState]reconcile.State{
	payment.RefundDone: reconcile.Moved, payment.RefundRefused: reconcile.Still, payment.RefundAttention: reconcile.Stopped,
}

func bookPayment(p ledger.BookedPayment) reconcile.Payment {
	state, settled := paymentStates[payment.State(p.State)]
	if !settled {
		state = reconcile.Open
	}
	return reconcile.Payment{Sale: ledger.SaleID(p.Sale), OutTradeNo: p.OutTradeNo, PlatformID: p.PlatformID, Amount: p.Amount,
		State: state, Word: p.State, At: p.Moment()}
}

func bookRefund(f ledger.BookedRefund) reconcile.Refund {
	state, settled := refundStates[payment.RefundState(f.State)]
	if !settled {
		state = reconcile.Open
	}
	return reconcile.Refund{Sale: ledger.SaleID(f.Sale), OutTradeNo: f.OutTradeNo, RefundNo: f.RefundNo, PlatformID: f.PlatformID, Amount: f.Money,
		State: state, Word: f.State, AskedAt: f.AskedAt, EndedAt: f.EndedAt}
}
