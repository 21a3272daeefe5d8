package wechatglobal

import (
	"context"
	"errors"
	"net/http"

	"tillpay/channels"
	"tillpay/channels/wire"
)

var errNumber = errors.New("order: number is not one that the platform takes")

// revokeBody is §7: the identity in the body, without application ids.
type revokeBody struct {
	MchID    string `json:"mchid,omitempty"`
	SpMchID  string `json:"sp_mchid,omitempty"`
	SubMchID string `json:"sub_mchid,omitempty"`
}

// Revoke closes an unpaid order and gives a paid one back. It may be repeated.
// Its success is Accepted: only a query proves that the sale is void.
func (c *Channel) Revoke(ctx context.Context, o channels.Order) channels.Reply {
	path, err := orderPath("/v3/global/micropay/transactions", o)
	if err != nil {
		return wire.Refused(err)
	}
	acc := c.account
	body := wire.Encode(revokeBody{acc.mchID, acc.spMchID, acc.subMchID})
	a, err := c.exchange(ctx, call{method: http.MethodPost, target: path + "/reverse", body: body, timeout: callTimeout})
	if err != nil {
		return wire.Failed(err)
	}
	return c.noted(a, understandRevoke(a))
}

func understandRevoke(a answer) channels.Reply {
	switch {
	case a.status == http.StatusAccepted: // not processed yet (§14.2)
		if a.proof != proven {
			return a.unproven()
		}
		r := a.reply()
		r.Outcome = channels.Paying
		return r
	case a.status/100 == 2: // 204; one page says 200 (§18 no. 2)
		if a.proof != proven {
			return a.unproven()
		}
		r := a.reply()
		r.Outcome = channels.Accepted
		return r
	case a.status < 400:
		r := a.reply()
		r.Reason = channels.ReasonUnknown
		return r
	}
	r, _ := a.explain(revokeCodes)
	if a.proof == broken || a.status >= 500 || r.Code == "" {
		return r
	}
	switch a.internal() { // the window has no error code of its own
	case internalTooLate:
		r.Outcome, r.Reason = channels.Refused, channels.TooLate
	case internalNotAllowed:
		r.Outcome, r.Reason = channels.Refused, channels.MerchantConfig
	}
	return r
}
