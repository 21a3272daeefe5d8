package agent

import (
	"context"

	"tillpay/channels"
)

// Hint takes a platform's callback, which its channel proved. What it names is
// asked about now; nothing is believed. known is false where it names nothing
// that is under way: then nothing is done.
func (t *Till) Hint(ctx context.Context, channel string, n channels.Notice) (known bool, err error) {
	return t.engine.Hint(ctx, channel, n.OutTradeNo, n.RefundNo)
}

// Notifiees are the channels whose platforms call back, by name.
func (t *Till) Notifiees() map[string]channels.Notifiee {
	all := map[string]channels.Notifiee{}
	for name, a := range t.Accounts {
		if n, ok := a.Channel.(channels.Notifiee); ok {
			all[name] = n
		}
	}
	return all
}
