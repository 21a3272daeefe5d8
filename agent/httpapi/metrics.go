package httpapi

import (
	"context"
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tillpay/agent"
)

// metrics takes one picture of the till and writes it. The registry is made for
// it: none is kept, and none is shared.
func (a *API) metrics(w http.ResponseWriter, r *http.Request) error {
	p, err := a.picture(r.Context())
	if err != nil {
		return err
	}
	all := prometheus.NewRegistry()
	if err := all.Register(p); err != nil {
		return err
	}
	promhttp.HandlerFor(all, promhttp.HandlerOpts{DisableCompression: true}).ServeHTTP(w, r)
	return nil
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

// gauges and counters, as they are named for ever.
var (
	paymentsTotal = prometheus.NewDesc("tillpay_payments_total", "Payments that came to a state, since the start.", []string{"channel", "state"}, nil)
	scansTotal    = prometheus.NewDesc("tillpay_scans_total", "Scans by what was read, since the start.", []string{"kind"}, nil)
	receiptsTotal = prometheus.NewDesc("tillpay_receipts_total", "Slips by what became of them, since the start.", []string{"result"}, nil)
	queueDepth    = prometheus.NewDesc("tillpay_queue_depth", "Jobs that are not finished.", nil, nil)
	clockOffset   = prometheus.NewDesc("tillpay_clock_offset_seconds", "The platform's clock less the till's.", []string{"channel"}, nil)
	channelOnline = prometheus.NewDesc("tillpay_channel_online", "1 if the platform could be reached.", []string{"channel"}, nil)
	deviceReady   = prometheus.NewDesc("tillpay_device_ready", "1 if the device is ready.", []string{"device", "kind"}, nil)
	attention     = prometheus.NewDesc("tillpay_attention", "Matters that need a person.", nil, nil)
	storageOK     = prometheus.NewDesc("tillpay_storage_ok", "1 if payments can be stored.", nil, nil)
	buildInfo     = prometheus.NewDesc("tillpay_build_info", "1, with the program's version.", []string{"version", "go"}, nil)
)

// Describe says nothing: which series there are depends on what happened.
func (p picture) Describe(chan<- *prometheus.Desc) {}

// Collect writes the picture.
func (p picture) Collect(out chan<- prometheus.Metric) {
	put := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	for by, n := range p.counts.Payments {
		put(paymentsTotal, prometheus.CounterValue, float64(n), by.Channel, by.State)
	}
	for kind, n := range p.counts.Scans {
		put(scansTotal, prometheus.CounterValue, float64(n), string(kind))
	}
	for result, n := range p.counts.Receipts {
		put(receiptsTotal, prometheus.CounterValue, float64(n), result)
	}
	for _, c := range p.status.Channels {
		put(clockOffset, prometheus.GaugeValue, c.ClockOff, c.Name)
		put(channelOnline, prometheus.GaugeValue, one(c.State == agent.NetworkOnline), c.Name)
	}
	seen := map[[2]string]bool{} // two devices of one name must not cost the whole scrape
	for _, d := range p.status.Devices {
		if name := [2]string{d.Name, d.Kind}; !seen[name] {
			seen[name] = true
			put(deviceReady, prometheus.GaugeValue, one(d.Status == "ready"), d.Name, d.Kind)
		}
	}
	put(queueDepth, prometheus.GaugeValue, float64(p.status.QueueDepth))
	put(attention, prometheus.GaugeValue, float64(p.status.Attention))
	put(storageOK, prometheus.GaugeValue, one(p.status.Storage == "ok"))
	put(buildInfo, prometheus.GaugeValue, 1, p.status.Version, runtime.Version())
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
