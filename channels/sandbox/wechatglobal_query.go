package sandbox

import "time"

// prepareQueryID and prepareQueryNo are §6.
func (w *wechatGlobal) prepareQueryID(c *call) (plan, *refusal) {
	if bad := c.pathNumber("id", "", 32); bad != nil {
		return plan{}, bad
	}
	return w.query(c, func(now time.Time) *order { return w.findID(c.who, c.number, now) })
}

func (w *wechatGlobal) prepareQueryNo(c *call) (plan, *refusal) {
	if bad := c.pathNumber("out_trade_no", orderMarks, 32); bad != nil {
		return plan{}, bad
	}
	p, bad := w.query(c, func(now time.Time) *order { return w.find(c.who, c.number, now) })
	p.orderNo = c.number
	return p, bad
}

func (w *wechatGlobal) query(c *call, look func(time.Time) *order) (plan, *refusal) {
	if bad := c.queryIdentity(false); bad != nil {
		return plan{}, bad
	}
	p := plan{book: func(now time.Time) draft {
		o := look(now)
		if o == nil {
			return orderMissing().draft()
		}
		o.queried(now)
		return done(o.transaction())
	}}
	if o := look(c.at); o != nil {
		p.orderNo = o.no
	}
	return p, nil
}

// queried counts the queries that meet an undecided customer, for those who
// answer after so many of them.
func (o *order) queried(now time.Time) {
	if o.state != userPaying || o.onPhone || o.customer.queries == 0 {
		return
	}
	if o.queries++; o.queries >= o.customer.queries {
		o.decide(o.customer.end(), now)
	}
}

func orderMissing() *refusal {
	r := refuse("ORDER_NOT_EXIST", "the order does not exist")
	r.internal = 268512771 // §14.5
	return r
}
