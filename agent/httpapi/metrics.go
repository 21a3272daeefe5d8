package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"tillpay/agent"
)

// metrics takes one picture of the till and writes it in Prometheus's text
// format, version 0.0.4. The format is a dozen lines; its usual library would be
// a third of the whole program, and a third of a till's memory.
func (a *API) metrics(w http.ResponseWriter, r *http.Request) error {
	p, err := a.picture(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, err = w.Write([]byte(p.text()))
	return err
}

// picture is what one scrape tells. Its labels come from the configuration and
// from closed sets, never from a customer or a request.
type picture struct {
	status agent.Status
	counts agent.Counts
}

func (a *API) picture(ctx context.Context) (picture, error) {
	counts, err := a.counter.Read(ctx)
	return picture{a.Till.Status(ctx), counts}, err
}

// family is all samples of one name, by their labels.
type family struct {
	name, kind, help string
	samples          map[string]float64
}

// put adds a sample; labels are names and values in turn.
func (f *family) put(v float64, labels ...string) {
	var b strings.Builder
	for i := 0; i < len(labels); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `%s="%s"`, labels[i], escapeLabel.Replace(labels[i+1]))
	}
	f.samples[b.String()] = v
}

var escapeLabel = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// text writes the picture; the names are for ever.
func (p picture) text() string {
	var b strings.Builder
	write := func(name, kind, help string, fill func(*family)) {
		f := &family{name, kind, help, map[string]float64{}}
		fill(f)
		f.write(&b)
	}
	write("tillpay_payments_total", "counter", "Payments that came to a state, since the start.", func(f *family) {
		for by, n := range p.counts.Payments {
			f.put(float64(n), "channel", by.Channel, "state", by.State)
		}
	})
	write("tillpay_scans_total", "counter", "Scans by what was read, since the start.", func(f *family) {
		for kind, n := range p.counts.Scans {
			f.put(float64(n), "kind", string(kind))
		}
	})
	write("tillpay_receipts_total", "counter", "Slips by what became of them, since the start.", func(f *family) {
		for result, n := range p.counts.Receipts {
			f.put(float64(n), "result", result)
		}
	})
	write("tillpay_channel_online", "gauge", "1 if the platform could be reached.", func(f *family) {
		for _, c := range p.status.Channels {
			f.put(one(c.State == agent.NetworkOnline), "channel", c.Name)
		}
	})
	write("tillpay_clock_offset_seconds", "gauge", "The platform's clock less the till's.", func(f *family) {
		for _, c := range p.status.Channels {
			f.put(c.ClockOff, "channel", c.Name)
		}
	})
	write("tillpay_device_ready", "gauge", "1 if the device is ready.", func(f *family) {
		for _, d := range p.status.Devices {
			f.put(one(d.Status == "ready"), "device", d.Name, "kind", d.Kind)
		}
	})
	single := func(name, help string, v float64, labels ...string) {
		write(name, "gauge", help, func(f *family) { f.put(v, labels...) })
	}
	single("tillpay_queue_depth", "Jobs that are not finished.", float64(p.status.QueueDepth))
	single("tillpay_attention", "Matters that need a person.", float64(p.status.Attention))
	single("tillpay_storage_ok", "1 if payments can be stored.", one(p.status.Storage == "ok"))
	single("tillpay_build_info", "1, with the program's version.", 1, "version", p.status.Version, "go", runtime.Version())
	return b.String()
}

func (f *family) write(b *strings.Builder) {
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", f.name, f.help, f.name, f.kind)
	labels := make([]string, 0, len(f.samples))
	for l := range f.samples {
		labels = append(labels, l)
	}
	slices.Sort(labels)
	for _, l := range labels {
		b.WriteString(f.name)
		if l != "" {
			b.WriteString("{" + l + "}")
		}
		b.WriteString(" " + strconv.FormatFloat(f.samples[l], 'g', -1, 64) + "\n")
	}
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
