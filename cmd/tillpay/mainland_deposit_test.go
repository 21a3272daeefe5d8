package main

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent"
)

var depositStory = platformStory{channel: "deposit", wallet: "wechat"}

// depositIn tells one deposit's story in a bubble.
func depositIn(t *testing.T, tell func(m *mainland)) {
	t.Parallel()
	keys, err := mainlandKeys()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) { tell(openMainland(t, keys)) })
}

func (m *mainland) hold(reference string, amount int64) *agent.Sale {
	m.t.Helper()
	s := m.open(reference, "deposit", amount)
	m.scan(s, depositStory, "00")
	s = m.until(s.ID, "held", func(s *agent.Sale) bool { return s.State == "held" })
	m.charged(s, amount)
	time.Sleep(2 * time.Hour)
	return s
}

// A part is captured, the rest goes back; of what was captured a part is refunded.
func TestMainlandDepositCapturedInPart(t *testing.T) {
	depositIn(t, func(m *mainland) {
		s := m.hold("r-room", 50000)
		if _, err := m.Capture(m.t.Context(), s.ID, 12050, "pos"); err != nil {
			m.t.Fatal(err)
		}
		s = m.until(s.ID, "captured", func(s *agent.Sale) bool { return s.State == "paid" })
		m.say("asked of the platform: %s", m.log(s.ID))
		time.Sleep(time.Hour)
		m.charged(s, 12050)
		if s.Captured != 12050 {
			m.t.Errorf("captured %d", s.Captured)
		}
		for i, amount := range []int64{2050, 0} {
			s, _, err := m.Refund(m.t.Context(), s.ID, agent.NewRefund{Reference: "f" + string(rune('1'+i)), Amount: amount, Reason: "towel found"}, "pos")
			if err != nil {
				m.t.Fatal(err)
			}
			s = m.until(s.ID, "refunded", func(s *agent.Sale) bool { return len(s.Refunds) == i+1 && s.Refunds[i].State == "done" })
			time.Sleep(time.Hour)
			m.charged(s, 10000*int64(1-i))
		}
	})
}

func TestMainlandDepositReleased(t *testing.T) {
	depositIn(t, func(m *mainland) {
		s := m.hold("r-bike", 30000)
		if _, err := m.Release(m.t.Context(), s.ID, "pos"); err != nil {
			m.t.Fatal(err)
		}
		s = m.until(s.ID, "released", func(s *agent.Sale) bool { return s.State == "released" })
		m.say("asked of the platform: %s", m.log(s.ID))
		time.Sleep(time.Hour)
		m.charged(s, 0)
	})
}

func TestMainlandDepositTimeOutIsUndone(t *testing.T) {
	depositIn(t, func(m *mainland) {
		for _, digits := range []string{"03", "04"} {
			s := m.open("r-"+digits, "deposit", 1250)
			m.scan(s, depositStory, digits)
			s = m.payment(s.ID, "revoked")
			m.say("asked of the platform: %s", m.log(s.ID))
			time.Sleep(time.Hour)
			m.charged(s, 0)
			if _, err := m.Cancel(m.t.Context(), s.ID, "pos"); err != nil {
				m.t.Fatal(err)
			}
		}
	})
}

func TestMainlandDepositPrepared(t *testing.T) {
	depositIn(t, func(m *mainland) {
		prepare := func(reference string) (*agent.Sale, *agent.Prepared) {
			s := m.open(reference, "deposit", 660)
			o, err := m.Prepare(m.t.Context(), s.ID, agent.NewOrder{Channel: "deposit"})
			if err != nil {
				m.t.Fatal(err)
			}
			m.say("pay_params: %.80s…", o.PayParams)
			return s, o
		}
		s, o := prepare("r-prepared")
		start := map[string]string{}
		if err := json.Unmarshal(o.PayParams, &start); err != nil {
			m.t.Fatal(err)
		}
		if err := m.box.Phone().OpenDeposit(start); err != nil {
			m.t.Fatal(err)
		}
		if err := m.box.Phone().Confirm("123456"); err != nil {
			m.t.Fatal(err)
		}
		s = m.until(s.ID, "held", func(s *agent.Sale) bool { return s.State == "held" })
		m.charged(s, 660)

		s, _ = prepare("r-left")
		s = m.payment(s.ID, "revoked")
		m.say("asked of the platform: %s", m.log(s.ID))
		m.charged(s, 0)
	})
}
