package agent

import (
	"context"
	"errors"
	"fmt"

	"tillpay/agent/ledger"
	"tillpay/printer/transport"
)

// Drawer is what became of a drawer that was asked to open.
type Drawer struct {
	Result  string `json:"result"` // opened, or unknown: look at it
	Reason  string `json:"reason"`
	Message string `json:"message,omitempty"` // for the cashier, where it is not plain
}

// ErrNoDrawer: no cash drawer is configured.
var ErrNoDrawer = errors.New("agent: this till has no cash drawer")

// DrawerClosed is a drawer that surely did not open; Message says why, and what to do.
type DrawerClosed struct{ Message string }

func (e *DrawerClosed) Error() string { return "agent: drawer: " + e.Message }

var sayDrawerUnknown = sentence{"It is not known whether the drawer opened: look at it.", "无法确认钱箱是否已打开，请查看。", "未能確認錢箱是否已打開，請查看。"}

// OpenDrawer kicks the cash drawer, once. That it was asked is in the journal before
// a byte leaves, so that no crash opens a drawer that nobody asked for; a printer
// that cannot obey now is not told, lest the drawer open when its paper is changed.
func (t *Till) OpenDrawer(ctx context.Context, reason, by string) (Drawer, error) {
	if t.Printer == nil || t.Kick == nil {
		return Drawer{}, ErrNoDrawer
	}
	if err := text("reason", reason, 1, 80); err != nil {
		return Drawer{}, err
	}
	note := func(what, problem string) error {
		return t.DB.Update(context.WithoutCancel(ctx), func(tx *ledger.Tx) error {
			return tx.Journal("drawer."+what, 0, "", map[string]any{"reason": reason, "by": by, "problem": problem})
		})
	}
	if err := note("asked", ""); err != nil {
		return Drawer{}, err
	}
	result, err := t.Printer.Print(context.WithoutCancel(ctx), t.Kick)
	t.printerState(result, err)
	problem := ""
	if err != nil {
		problem = err.Error()
	}
	switch result {
	case transport.Printed:
		return Drawer{Result: "opened", Reason: reason}, note("opened", "")
	case transport.NotPrinted:
		return Drawer{}, errors.Join(t.drawerClosed(err), note("not_opened", problem))
	}
	return Drawer{Result: "unknown", Reason: reason, Message: sayDrawerUnknown.in(t.Language)}, note("unknown", problem)
}

func (t *Till) drawerClosed(cause error) error {
	status := transport.Missing
	var state *transport.StateError
	if errors.As(cause, &state) {
		status = state.State.Status
	}
	return &DrawerClosed{fmt.Sprintf("%s %s", sayDrawerShut.in(t.Language), sayPrinter[status].in(t.Language))}
}

var sayDrawerShut = sentence{"The drawer did not open.", "钱箱未打开。", "錢箱沒有打開。"}
