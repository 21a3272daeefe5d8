package httpapi

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/channels"
)

// heard is one event as it came.
type heard struct {
	id   int64
	name string
	data map[string]any
}

// hear opens a stream and reads it until enough says so, or the stream ends.
func (d *desk) hear(enough func([]heard) bool, query string, headers ...string) []heard {
	d.t.Helper()
	r, _ := http.NewRequest("GET", d.url+"/v1/events"+query, nil)
	r.Header.Set("Authorization", "Bearer "+goodToken)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		d.t.Fatal(resp.Status, resp.Header)
	}
	var all []heard
	var e heard
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "id":
			e.id, _ = strconv.ParseInt(value, 10, 64)
		case "event":
			e.name = value
		case "data":
			if err := json.Unmarshal([]byte(value), &e.data); err != nil {
				d.t.Fatal(err)
			}
		case "":
			if e.name != "" {
				all = append(all, e)
			}
			e = heard{}
			if enough(all) {
				return all
			}
		}
	}
	return all
}

func last(name string) func([]heard) bool {
	return func(all []heard) bool { return len(all) > 0 && all[len(all)-1].name == name }
}

// A stream that is resumed goes on exactly where it broke.
func TestEventsResume(t *testing.T) {
	d := openDesk(t, setup{})
	d.pays("r1", goodCode)
	all := d.hear(last("receipt"), "?last_event_id=0")
	var names []string
	for i, e := range all {
		names = append(names, e.name)
		if e.id != int64(i+1) || e.data["reference"] != "r1" {
			t.Errorf("%+v", e)
		}
	}
	if got := strings.Join(names, " "); got != "sale payment payment receipt" {
		t.Error(got)
	}
	for from := range all {
		rest := d.hear(last("receipt"), "?last_event_id=0", "Last-Event-ID", fmt.Sprint(from))
		if len(rest) != len(all)-from || rest[0].id != int64(from+1) {
			t.Errorf("from %d: %+v", from, rest)
		}
	}
}

// Without a number the stream begins now; what is done once it answers is in it.
func TestEventsFromNow(t *testing.T) {
	d := openDesk(t, setup{})
	d.sale("before")
	for _, query := range []string{"", "?last_event_id=999999"} { // the number of another ledger
		first := true
		all := d.hear(func(all []heard) bool {
			if first {
				first = false
				d.sale("after" + query)
			}
			return len(all) > 0
		}, query)
		if len(all) != 1 || all[0].name != "sale" || all[0].data["reference"] != "after"+query {
			t.Errorf("%+v", all)
		}
	}
}

// A notice is not repeated: whoever hears the stream's first line has it all.
func TestNoticesHaveNoNumber(t *testing.T) {
	d := openDesk(t, setup{})
	scan := sync.OnceFunc(func() { d.Till.Scanned(t.Context(), "gun", "4006381333931") })
	all := d.hear(func(all []heard) bool { scan(); return len(all) > 0 }, "")
	if len(all) != 1 || all[0].name != "scan" || all[0].id != 0 || all[0].data["kind"] != "goods" {
		t.Errorf("%+v", all)
	}
}

// A stop ends streams and waiting calls at once, and lets nothing hang.
func TestStopEndsStreams(t *testing.T) {
	bubble(t, setup{}, func(d *desk) {
		path := d.sale("r1")
		ended := make(chan int, 2)
		for _, path := range []string{"/v1/events?last_event_id=0", path + "?wait=60s"} {
			go func() { ended <- d.call("GET", path, "").StatusCode }()
		}
		if synctest.Wait(); len(ended) > 0 {
			t.Fatal("one does not wait")
		}
		begun := time.Now()
		d.stop()
		for range 2 {
			if status := <-ended; status != 200 || time.Since(begun) != 0 {
				t.Errorf("%d after %s", status, time.Since(begun))
			}
		}
	})
}

// mute prepares orders, and its platform does not answer.
type mute struct {
	*platform
	asked, over chan bool
}

func (m mute) CheckPreparation(_, _ map[string]json.RawMessage) error { return nil }

func (m mute) Prepare(context.Context, channels.Preparation) (channels.Reply, json.RawMessage) {
	m.asked <- true
	<-m.over
	return channels.Reply{}, nil
}

// A stop answers also who waits for an order: the order is followed all the same.
func TestStopAnswersWhoWaitsForAnOrder(t *testing.T) {
	asked, over := make(chan bool, 1), make(chan bool)
	d := openDesk(t, setup{channel: func(p *platform) channels.Channel { return mute{p, asked, over} }})
	path := d.sale("r1")
	status := make(chan int, 1)
	go func() { status <- d.call("POST", path+"/prepare", `{"channel":"wechat"}`).StatusCode }()
	<-asked
	d.stop()
	if got := <-status; got != http.StatusCreated {
		t.Errorf("answered %d", got)
	}
	close(over)
}
