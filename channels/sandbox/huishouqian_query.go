package sandbox

import "time"

// prepareQuery is §8.
func (h *huishouqian) prepareQuery(c *hsqCall) (hsqPlan, *hsqRefusal) {
	return hsqPlan{func(now time.Time) hsqDraft {
		o := h.find(c.who, c.get("transNo"), now)
		if o == nil {
			return (&hsqRefusal{code: "200004", text: hsqWords["200004"]}).draft()
		}
		if o.undecided() && !o.onPhone && o.payable(now) {
			if o.queries++; o.customer.queries > 0 && o.queries >= o.customer.queries {
				o.decide(o.customer.ends, now)
			}
		}
		d := hsqResult(o.report())
		if o.state == hsqInit {
			o.state = hsqProcessing // the next one sees it begun
		}
		return d
	}}, nil
}

// prepareClose is the call of §8 that nobody has found, in the shape that the
// codes 200017 and 200018 point to. It is off unless Config names it.
func (h *huishouqian) prepareClose(c *hsqCall) (hsqPlan, *hsqRefusal) {
	return hsqPlan{func(now time.Time) hsqDraft {
		o := h.find(c.who, c.get("transNo"), now)
		code := "200017"
		switch {
		case o == nil:
			return (&hsqRefusal{code: "200004", text: hsqWords["200004"]}).draft()
		case !o.paidAt.IsZero():
			code = "300401"
		case o.undecided():
			o.decide("200114", now)
		}
		doc := map[string]any{"transNo": o.no, "tradeNo": o.id, "respCode": code, "respMsg": hsqWord(code)}
		return hsqResult(doc)
	}}, nil
}
