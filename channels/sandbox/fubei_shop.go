package sandbox

import "time"

// fubeiHooks are the addresses that were set for a shop (§4).
type fubeiHooks struct{ pay, refund string }

// prepareTime is openapi.get.time. The dossier names no member: "time" in epoch
// seconds is the sandbox's own, and the Date header says the same.
func (f *fubei) prepareTime(c *fubeiCall) (fubeiPlan, *fubeiRefusal) {
	return fubeiPlan{book: func(now time.Time) fubeiDraft {
		return c.done(map[string]any{"time": f.s.wechat.clock(now).Unix()})
	}}, nil
}

func (f *fubei) prepareStores(c *fubeiCall) (fubeiPlan, *fubeiRefusal) {
	return f.rowsPlan(c, map[string]any{"store_id": c.who.shop.store, "store_name": "Sandbox Branch"})
}

func (f *fubei) prepareCashiers(c *fubeiCall) (fubeiPlan, *fubeiRefusal) {
	return f.rowsPlan(c, map[string]any{"cashier_id": c.who.shop.cashier, "cashier_name": "Sandbox Cashier", "store_id": c.who.shop.store})
}

func (f *fubei) rowsPlan(c *fubeiCall, row map[string]any) (fubeiPlan, *fubeiRefusal) {
	page, bad := c.page()
	if bad != nil {
		return fubeiPlan{}, bad
	}
	return fubeiPlan{book: func(time.Time) fubeiDraft {
		return c.done(f.listed(page.of([]map[string]any{row})))
	}}, nil
}

// prepareHooks is fbpay.pay.callback.config. An address that is not in it stays.
func (f *fubei) prepareHooks(c *fubeiCall) (fubeiPlan, *fubeiRefusal) {
	return fubeiPlan{book: func(time.Time) fubeiDraft {
		hooks := f.hooks[c.who.shop]
		if url := c.form.get("callback_url"); url != "" {
			hooks.pay = url
		}
		if url := c.form.get("refund_callback_url"); url != "" {
			hooks.refund = url
		}
		f.hooks[c.who.shop] = hooks
		return c.done(map[string]any{})
	}}, nil
}
