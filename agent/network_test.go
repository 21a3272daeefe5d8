package agent

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/channels"
)

// cut makes the platform a black hole: nothing answers, and the kernel's signs of
// life stop, which tells of itself after two seconds (see channels/wire).
func (p *platform) cut() {
	p.mu.Lock()
	p.hole = true
	p.mu.Unlock()
	time.AfterFunc(2*time.Second, func() { p.lost <- struct{}{} })
}

func (p *platform) mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hole, p.warm = false, nil
}

// The network vanishes while a code is waited for: within three seconds the till
// says so and asks for no code. It comes back: at most two seconds later, behind
// the try under way, a code is asked for again.
func TestBlackHoleWhileACodeIsWaitedFor(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		s := d.open(t, "r1")
		time.Sleep(11*time.Second + 300*time.Millisecond)
		if v := d.sale(t, s.ID); !v.Armed || v.Action != actScan {
			t.Fatalf("armed %v, %s", v.Armed, v.Action)
		}
		d.platform.cut()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		v := d.sale(t, s.ID)
		if v.Armed || v.Action != actOther || d.Status(context.Background()).Network != NetworkOffline {
			t.Errorf("three seconds later: armed %v, %s", v.Armed, v.Action)
		}
		if r := d.refused(s.ID); r != "offline" {
			t.Errorf("a code was taken: %q", r)
		}
		d.platform.mend()
		time.Sleep(warmTimeout + retryEvery)
		synctest.Wait()
		if v := d.sale(t, s.ID); !v.Armed || v.Action != actScan {
			t.Errorf("back again: armed %v, %s", v.Armed, v.Action)
		}
		if got := d.platform.log(); got != "" {
			t.Errorf("on the wire: %s", got)
		}
	})
}

// refused scans a code and answers why it was not taken.
func (d *desk) refused(id string) string {
	_, err := d.Scan(context.Background(), id, code)
	if r := d.refusal(err); r != nil {
		return r.Code
	}
	return ""
}

// A sale is opened while nothing answers: the cashier knows within three seconds.
func TestBlackHoleBeforeTheSale(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		d.platform.hole = true
		s := d.open(t, "r1")
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if v := d.sale(t, s.ID); v.Armed || v.Action != actOther {
			t.Errorf("armed %v, %s", v.Armed, v.Action)
		}
	})
}

// The network vanishes while the customer types the PIN, and with the Pay on its
// way: it is shown within three seconds of the silence, whatever the exchanges
// that hang are still waiting for, and the order is followed to its end.
func TestBlackHoleUnderAPayment(t *testing.T) {
	for name, atPay := range map[string]bool{"at the PIN": false, "under the Pay": true} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, d *desk) {
				p := d.platform
				then := paying // until the network has come back
				hang := func() channels.Reply {
					for range 8 {
						p.mu.Lock()
						hole, answer := p.hole, then
						p.mu.Unlock()
						if !hole {
							return answer()
						}
						time.Sleep(time.Second)
					}
					return silence
				}
				p.pay = func(channels.Payment) channels.Reply {
					if atPay {
						p.cut()
						return hang()
					}
					return paying()
				}
				p.query = func(int) channels.Reply { return hang() }
				s := d.open(t, "r1")
				d.Scanned(context.Background(), "gun", code)
				if !atPay {
					time.Sleep(5 * time.Second)
					p.cut()
				}
				time.Sleep(3 * time.Second)
				synctest.Wait()
				if d.Status(context.Background()).Network != NetworkOffline {
					t.Error("three seconds of silence, and the till says nothing")
				}
				time.Sleep(10 * time.Second)
				p.mu.Lock()
				then = paid
				p.mu.Unlock()
				p.mend()
				time.Sleep(30 * time.Second)
				synctest.Wait()
				if v := d.sale(t, s.ID); v.State != "paid" || len(v.Payments) != 1 || p.count("pay") != 1 {
					t.Errorf("%s, %s: %s", v.State, payments(v), p.log())
				}
				if d.Status(context.Background()).Network != NetworkOnline {
					t.Error("it is not shown that the network is back")
				}
			})
		})
	}
}

// A platform that hangs up on a connection that idles, or is slow once, is not
// offline, not for a moment.
func TestSlowIsNotOffline(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		p := d.platform
		p.pay = func(channels.Payment) channels.Reply { time.Sleep(9 * time.Second); return paid() }
		s := d.open(t, "r1")
		time.Sleep(5 * time.Second)
		p.lost <- struct{}{}
		time.Sleep(time.Second)
		d.Scanned(context.Background(), "gun", code)
		time.Sleep(time.Minute)
		synctest.Wait()
		if v := d.sale(t, s.ID); v.State != "paid" {
			t.Error(v.State)
		}
		history := d.log.String()
		for _, line := range []string{"is=offline", "was=offline"} {
			if strings.Contains(history, line) {
				t.Errorf("the log says %s", line)
			}
		}
	})
}
