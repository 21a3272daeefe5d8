package wechatglobal_test

import (
	"net/http"
	"testing"
	"time"

	ct "tillpay/channels/channeltest"
	"tillpay/channels/sandbox"
	"tillpay/channels/sandboxtest"
	wechatglobal "tillpay/channels/wechat-global"
)

func platform(mode string) sandboxtest.Platform {
	return sandboxtest.Platform{
		Name: "wechat-global", Mode: mode, Driver: wechatglobal.New, Currency: "HKD",
		Config: sandbox.Config{RefundSpacing: time.Minute},
		Kinds:  map[ct.Bad]sandbox.Kind{ct.Stale: sandbox.StaleTimestamp},
		Callback: func(box *sandbox.Sandbox, _, refundNo string, what sandbox.Kind) (*http.Request, error) {
			return box.RefundCallback(refundNo, "https://shop.example/v1/notify/wechat", what)
		},
	}
}

func TestOverTLS(t *testing.T) { sandboxtest.OverTLS(t, platform(sandbox.Direct)) }

func TestConformance(t *testing.T) {
	sandboxtest.Keys(t)
	for _, mode := range []string{sandbox.Direct, sandbox.Institution} {
		t.Run(mode, func(t *testing.T) {
			ct.Run(t, ct.Suite{New: platform(mode).New, Left: ct.Left("a used code is told as AUTH_CODE_INVALID, in the words of any other invalid one (§14.2)", ct.DeclinesUsed.Pay()).
				And("a refund's answer names no merchant (§8.2): the signature and the refund's number are its proof", ct.OtherShop.RefundQuery())})
		})
	}
}
