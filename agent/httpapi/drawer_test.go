package httpapi

import (
	"context"
	"errors"
	"sync"
	"testing"

	"tillpay/agent"
	"tillpay/printer/transport"
)

// drawerPaper is a printer that keeps what it got.
type drawerPaper struct {
	paper
	mu    sync.Mutex
	jobs  [][]byte
	came  chan bool // if set, told of each job
	says  transport.Result
	cause error
}

func (p *drawerPaper) Print(_ context.Context, b []byte) (transport.Result, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.jobs = append(p.jobs, b)
	if p.came != nil {
		p.came <- true
	}
	return p.says, p.cause
}

func (p *drawerPaper) answers(r transport.Result, cause error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.says, p.cause = r, cause
}

func TestDrawer(t *testing.T) {
	p := &drawerPaper{says: transport.Printed}
	d := openDesk(t, setup{change: func(c *agent.Config) { c.Printer, c.Kick = p, []byte("kick") }})
	if v := d.want(200, "POST", "/v1/drawer", `{"reason":"float","user":"Amy"}`); v["result"] != "opened" || len(p.jobs) != 1 || string(p.jobs[0]) != "kick" {
		t.Error(v, p.jobs)
	}
	p.answers(transport.NotPrinted, &transport.StateError{State: transport.State{Status: transport.PaperOut}})
	if v := d.want(503, "POST", "/v1/drawer", `{"reason":"float"}`); v["code"] != "drawer_closed" {
		t.Error(v)
	}
	p.answers(transport.Unknown, errors.New("cut off"))
	if v := d.want(200, "POST", "/v1/drawer", `{"reason":"float"}`); v["result"] != "unknown" || v["message"] == "" {
		t.Error(v)
	}
	if len(p.jobs) != 3 {
		t.Errorf("%d pulses for three asked", len(p.jobs))
	}
	for body, field := range map[string]string{`{"reason":""}`: "reason", `{}`: "reason", `{"reason":"x","user":"a\u001b"}`: "user"} {
		if v := d.want(422, "POST", "/v1/drawer", body); v["field"] != field {
			t.Error(body, v)
		}
	}
	var kinds []string
	entries, err := d.Till.DB.Entries(context.Background(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		kinds = append(kinds, e.Kind)
	}
	if got := len(kinds); got != 6 || kinds[0] != "drawer.asked" || kinds[1] != "drawer.opened" || kinds[3] != "drawer.not_opened" || kinds[5] != "drawer.unknown" {
		t.Errorf("journal %q", kinds)
	}
}

func TestNoDrawer(t *testing.T) {
	d := openDesk(t, setup{})
	if v := d.want(409, "POST", "/v1/drawer", `{"reason":"float"}`); v["code"] != "no_drawer" {
		t.Error(v)
	}
}

func TestPrintDay(t *testing.T) {
	p := &drawerPaper{says: transport.Printed, came: make(chan bool, 1)}
	d := openDesk(t, setup{change: func(c *agent.Config) { c.Printer = p }})
	if v := d.want(200, "POST", pastDay+"/print", `{"user":"Amy"}`); v["date"] != "2026-07-28" {
		t.Error(v)
	}
	<-p.came
	if v := d.want(400, "POST", "/v1/days/today/print", ""); v["field"] != "date" {
		t.Error(v)
	}
}
