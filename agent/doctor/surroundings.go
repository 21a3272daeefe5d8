package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"time"
)

// Limits of the clock: drivers correct what the platforms' answers teach them, and
// from the second on a till's own times are wrong on paper.
const (
	clockWarns  = 30 * time.Second
	clockBroken = 5 * time.Minute
)

// Clock is how far the till's clock is from the platforms', as their answers to
// the checks before this one showed.
func Clock(_ context.Context, p *Patient) []Finding {
	const what, mend = "clock", "let the system set its clock from the network (NTP)"
	var off time.Duration
	asked := 0
	for _, o := range p.opened {
		if c, tells := o.channel.(interface{ ClockOffset() time.Duration }); tells {
			asked++
			if d := c.ClockOffset(); d.Abs() > off.Abs() {
				off = d
			}
		}
	}
	switch {
	case asked == 0:
		return nil
	case off.Abs() >= clockBroken:
		return []Finding{broken(what, mend, "is %v off the platforms' clocks: payments may be refused, and times on paper are wrong", off.Round(time.Second))}
	case off.Abs() >= clockWarns:
		return []Finding{warn(what, mend, "is %v off the platforms' clocks", off.Round(time.Second))}
	}
	return []Finding{ok(what, "within %v of the platforms'", off.Abs().Round(time.Second)+time.Second)}
}

// CallbackCertificate is that of the listener for platforms' callbacks.
func CallbackCertificate(_ context.Context, p *Patient) []Finding {
	if p.Config == nil || p.Config.Notify.Listen == "" || p.Config.Notify.CertificateFile == "" {
		return nil
	}
	const what, mend = "callbacks", "put a certificate and its key into [notify]"
	pair, err := tls.LoadX509KeyPair(p.Config.Path(p.Config.Notify.CertificateFile), p.Config.Path(p.Config.Notify.KeyFile))
	if err != nil {
		return []Finding{broken(what, mend, "%v", err)}
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return []Finding{broken(what, mend, "%v", err)}
	}
	return []Finding{ends(what, leaf.NotAfter, p.Now())}
}

// Running is the agent, and the devices as it sees them.
func Running(ctx context.Context, p *Patient) []Finding {
	if p.Config == nil {
		return nil
	}
	s, err := p.Running(ctx)
	if err != nil {
		return []Finding{warn("agent", "start the service, or tillpay run; its devices cannot be asked before", "does not answer: %v", err)}
	}
	all := []Finding{ok("agent", "%s runs, %d jobs wait", s.Version, s.QueueDepth)}
	if s.Storage != "ok" {
		all = append(all, broken("agent", "look at the disk, then restart the agent", "storage: %s", s.Storage))
	}
	if s.Attention > 0 {
		all = append(all, warn("attention", "tillpay attention lists them, with what can be done", "%d matters wait for a person", s.Attention))
	}
	for _, d := range s.Devices {
		what := d.Kind
		if d.Name != "" && d.Name != d.Kind {
			what = fmt.Sprintf("%s %s", d.Kind, d.Name)
		}
		if d.Status == "ready" {
			all = append(all, ok(what, "ready"))
			continue
		}
		found := d.Status
		if d.Detail != "" {
			found += ": " + d.Detail
		}
		all = append(all, broken(what, "tillpay devices shows what is plugged in", "%s", found))
	}
	return all
}
