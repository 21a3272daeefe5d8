package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tillpay/agent"
	"tillpay/channels/sandbox"
)

// insistent is a POS that sends the same call from many places at once, each until
// somebody answers, while the agent is killed and started again.
type insistent struct {
	c       *counter
	*client // the command line's address and token
	http    http.Client
}

// again sends times calls and answers what the answers were, by status. kills is how
// often the agent dies meanwhile.
func (p *insistent) again(times, kills int, path, body string) (statuses map[int]int, sales map[string]bool) {
	statuses, sales = map[int]int{}, map[string]bool{}
	var mu sync.Mutex
	var g sync.WaitGroup
	work := make(chan bool)
	for range 40 {
		g.Go(func() {
			for range work {
				status, answer := p.until(path, body)
				mu.Lock()
				statuses[status]++
				sales[answer] = true
				mu.Unlock()
			}
		})
	}
	for i := range times {
		work <- true
		if kills > 0 && i%(times/(kills+1)) == times/(kills+1)-1 && i < times-1 {
			p.c.agent.kill()
			p.c.run()
		}
	}
	close(work)
	g.Wait()
	return statuses, sales
}

// until makes one call until it is answered: the status, and which sale, payments
// and refunds the answer tells of.
func (p *insistent) until(path, body string) (int, string) {
	for {
		req, err := http.NewRequest(http.MethodPost, p.base+path, strings.NewReader(body))
		if err != nil {
			p.c.t.Error(err)
			return 0, ""
		}
		req.Header.Set("Authorization", "Bearer "+p.token)
		req.Header.Set("Content-Type", "application/json")
		resp, err := p.http.Do(req)
		if err != nil {
			time.Sleep(5 * time.Millisecond) // it is being started again
			continue
		}
		var b bytes.Buffer
		_, err = b.ReadFrom(resp.Body)
		resp.Body.Close()
		if err != nil {
			continue // the answer broke off
		}
		var s agent.Sale
		if err := json.Unmarshal(b.Bytes(), &s); err != nil || resp.StatusCode >= 300 {
			return resp.StatusCode, b.String()
		}
		answer := s.ID
		for _, q := range s.Payments {
			answer += " " + q.OutTradeNo
		}
		for _, r := range s.Refunds {
			answer += " " + r.RefundNo
		}
		return resp.StatusCode, answer
	}
}

// The same call a thousand times, from forty places, while the agent dies three times:
// one sale, one charge, one refund, and always the same answer. Another body under
// the same reference is refused, and charges nobody.
func TestAThousandTimesTheSame(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	way, err := clientFlags{config: &c.config}.open()
	if err != nil {
		t.Fatal(err)
	}
	p := &insistent{c: c, client: way}
	const times, kills = 1000, 3
	one := func(what string, statuses map[int]int, answers map[string]bool, taken ...int) {
		t.Helper()
		sum := 0
		for _, status := range taken {
			sum += statuses[status]
		}
		if sum != times || len(answers) != 1 {
			t.Errorf("%s: %v, %d different answers", what, statuses, len(answers))
		}
	}
	statuses, answers := p.again(times, kills, "/v1/sales", `{"reference":"r1","amount":8800,"currency":"HKD"}`)
	one("sales", statuses, answers, 200, 201)
	if statuses[201] > 1 {
		t.Errorf("%d sales are new", statuses[201])
	}
	var id string
	for id = range answers {
	}
	scan, code := "/v1/sales/"+id+"/scan", fmt.Sprintf(`{"code":"13465072086%05d00"}`, codes.Add(1))
	p.until(scan, code)
	// A Pay that the first kill kept from leaving would be undone, and nobody charged.
	c.await("the Pay to leave", func() bool { return len(c.books().Orders) > 0 })
	statuses, answers = p.again(times, kills, scan, code)
	one("scans", statuses, answers, 200)
	s := c.becomes(id, "paid", "paid")
	number := s.Payments[0].OutTradeNo
	if len(s.Payments) != 1 || count(c.books().Of(number), sandbox.Pay) != 1 {
		t.Errorf("%d payments, %v", len(s.Payments), c.books().Of(number))
	}
	statuses, answers = p.again(times, kills, "/v1/sales/"+id+"/refunds", `{"reference":"f1","amount":800,"reason":"cold"}`)
	one("refunds", statuses, answers, 200, 201)
	c.await("the refund to be taken", func() bool { return c.sale(id).Refunds[0].State != "asked" })

	for path, body := range map[string]string{
		"/v1/sales":                    `{"reference":"r1","amount":8801,"currency":"HKD"}`,
		"/v1/sales/" + id + "/refunds": `{"reference":"f1","amount":801,"reason":"cold"}`,
	} {
		if status, said := p.until(path, body); status != http.StatusConflict {
			t.Errorf("%s with another body: %d %s", path, status, said)
		}
	}
	orders := c.books().Orders
	if len(orders) != 1 || len(orders[0].Refunds) != 1 || orders[0].Refunds[0].Amount != 800 {
		t.Errorf("the platform's books: %+v", orders)
	}
}
