package httpapi

import (
	"sync"
	"testing"
)

// again makes the same call many times at once, and answers how many brought each
// status. Half the room is left to connections that are ending.
func (d *desk) again(t *testing.T, times int, path, body string) map[int]int {
	t.Helper()
	var mu sync.Mutex
	statuses := map[int]int{}
	slots := make(chan bool, maxConnections/2)
	var g sync.WaitGroup
	for range times {
		g.Go(func() {
			slots <- true
			defer func() { <-slots }()
			a := d.call("POST", path, body)
			mu.Lock()
			defer mu.Unlock()
			statuses[a.StatusCode]++
		})
	}
	g.Wait()
	return statuses
}

// A deposit is settled once, however often that is asked, and as it was asked first.
func TestDepositIsSettledOnceHoweverOftenItIsAsked(t *testing.T) {
	for _, c := range []struct{ path, body, other, otherBody, ends string }{
		{"/capture", `{"amount":12000}`, "/capture", `{"amount":11000}`, "paid"},
		{"/release", `{}`, "/capture", `{"amount":1}`, "released"},
	} {
		t.Run(c.ends, func(t *testing.T) {
			d, path := held(t)
			if got := d.again(t, 1000, path+c.path, c.body); got[200] != 1000 {
				t.Errorf("%v", got)
			}
			refused(t, "another", d.call("POST", path+c.other, c.otherBody), 409, "deposit_settled", "")
			d.until(path, func(v map[string]any) bool { return v["state"] == c.ends })
			if got := d.again(t, 100, path+c.path, c.body); got[200] != 100 {
				t.Errorf("once it is over: %v", got)
			}
			b := d.Till.Accounts["vault"].Channel.(*bank)
			b.books.Lock()
			defer b.books.Unlock()
			if b.captures+b.revokes != 1 {
				t.Errorf("%d captures and %d releases reached the platform", b.captures, b.revokes)
			}
		})
	}
}
