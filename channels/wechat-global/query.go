package wechatglobal

import (
	"context"
	"net/http"
	"net/url"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Query asks by our own number, which works without ever having had an answer
// (§6); by the platform's where ours is not known.
func (c *Channel) Query(ctx context.Context, o channels.Order) channels.Reply {
	path, err := orderPath("/v3/global/transactions", o)
	if err != nil {
		return wire.Refused(err)
	}
	a, err := c.exchange(ctx, call{method: http.MethodGet, target: path + "?" + c.account.query(), timeout: callTimeout})
	if err != nil {
		return wire.Failed(err)
	}
	r, _ := c.understood(a, o, queryCodes)
	return c.noted(a, r)
}

// orderPath names an order under base. Path escapes are signed as sent (§3.1).
func orderPath(base string, o channels.Order) (string, error) {
	switch {
	case validNumber(o.OutTradeNo, 32, "_-|*@"):
		return base + "/out-trade-no/" + url.PathEscape(o.OutTradeNo), nil
	case o.OutTradeNo == "" && validNumber(o.PlatformID, 32, "_-"):
		return base + "/id/" + url.PathEscape(o.PlatformID), nil
	}
	return "", errNumber
}

// noted adds to an answer that holds no customer's code what support needs.
func (c *Channel) noted(a answer, r channels.Reply) channels.Reply {
	if a.status == http.StatusUnauthorized {
		if a.skewed {
			r.Reason = channels.ClockSkew
		}
		if a.proof != broken && r.Detail == nil {
			r.Detail = a.signDetail()
		}
	}
	return r
}
