package doctor

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"slices"
	"time"

	"tillpay/channels"
)

// reachTime bounds each exchange with a platform.
const reachTime = 15 * time.Second

// Channels makes every channel of its settings and key files, and reaches its
// platform over verified TLS.
func Channels(ctx context.Context, p *Patient) []Finding {
	if p.Config == nil {
		return nil
	}
	var all []Finding
	for _, c := range p.Config.Channels {
		what := "channel " + c.Name
		ch, err := p.Open(c)
		var wrong *channels.SettingError
		switch {
		case errors.As(err, &wrong):
			all = append(all, broken(what, wrong.Mend, "%v", err))
			continue
		case err != nil:
			all = append(all, broken(what, "see docs/"+c.Driver+".md", "%v", err))
			continue
		}
		p.opened = append(p.opened, opened{c.Name, ch})
		all = append(all, reach(ctx, what, ch))
	}
	return all
}

func reach(ctx context.Context, what string, ch channels.Channel) Finding {
	w, can := ch.(channels.Warmer)
	if !can {
		return ok(what, "settings and keys are right")
	}
	ctx, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	began := time.Now()
	if err := w.Warm(ctx); err != nil {
		return broken(what, mendNetwork(err), "its platform cannot be reached: %v", err)
	}
	return ok(what, "settings and keys are right; its platform is reached over verified TLS (%v)", time.Since(began).Round(time.Millisecond))
}

// mendNetwork is what to do about an error on the way.
func mendNetwork(err error) string {
	var name *net.DNSError
	var unknown x509.UnknownAuthorityError
	var expired x509.CertificateInvalidError
	var host x509.HostnameError
	var verify *tls.CertificateVerificationError
	switch {
	case errors.As(err, &expired):
		return "set the till's clock first; if it is right, the platform's certificate has ended"
	case errors.As(err, &unknown), errors.As(err, &host), errors.As(err, &verify):
		return "somebody stands between: leave that network, or name the shop's own proxy's root in ca_file"
	case errors.As(err, &name):
		return "names are not found: look at the network's DNS, and at the endpoint's spelling"
	}
	return "look at the network cable, the router and the shop's firewall"
}

// Credentials proves each account by asking for an order that nobody ever made:
// an answer that is proven and says "no such order" needs the right address, keys
// and numbers, and moves nothing.
func Credentials(ctx context.Context, p *Patient) []Finding {
	var all []Finding
	for _, o := range p.opened {
		all = append(all, credentials(ctx, "account "+o.name, o.channel, p.Now()))
	}
	return all
}

func credentials(ctx context.Context, what string, ch channels.Channel, now time.Time) Finding {
	ctx, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	sheet := ch.Sheet()
	currency := "CNY"
	if !slices.Contains(sheet.Currencies, currency) && len(sheet.Currencies) > 0 {
		currency = sheet.Currencies[0]
	}
	r := ch.Query(ctx, channels.Order{OutTradeNo: neverMade(now), Amount: channels.Money{Amount: 1, Currency: currency}, SubmittedAt: now})
	said := r.Code
	if r.Message != "" {
		said += " " + r.Message
	}
	switch {
	case r.Outcome == channels.NotFound && (r.Verified || sheet.Unsigned):
		proof := "the answer is proven"
		if !r.Verified {
			proof = "this platform signs no answer"
		}
		return ok(what, "a query of an order that nobody made is answered rightly; %s", proof)
	case r.Reason == channels.BadSignature:
		return broken(what, "compare key and certificate files, and certificate_serial where there is one, with the platform's console", "a signature is wrong: %s", said)
	case r.Reason == channels.MerchantConfig:
		return broken(what, "compare the account's numbers with the platform's console, and ask the platform to open what is missing", "the platform refuses this account: %s", said)
	case r.Reason == channels.ClockSkew:
		return broken(what, "set the till's clock", "the platform refuses the till's time: %s", said)
	case r.Reason == channels.RateLimited || r.Reason == channels.PlatformBusy:
		return warn(what, "try again in some minutes", "the platform is busy: %s", said)
	case r.Outcome == channels.NotSent:
		return broken(what, "look at the network, and at the settings that the message names", "the query could not be sent: %s", said)
	case r.Reason == channels.Network:
		return broken(what, "look at the network; if others reach the platform, ask its support", "no whole answer came: %s", said)
	}
	return broken(what, "send this line to the platform's support", "not proven: %s %s: %s", r.Outcome, r.Reason, said)
}

// neverMade is an order's number of today, in a form that every platform takes;
// its twenty digits were drawn by chance.
func neverMade(now time.Time) string {
	n, err := rand.Int(rand.Reader, new(big.Int).Exp(big.NewInt(10), big.NewInt(20), nil))
	if err != nil {
		panic(err) // crypto/rand never fails on Go 1.24 and later
	}
	text := n.String()
	return now.In(channels.Beijing()).Format("20060102") + "00000000000000000000"[:20-len(text)] + text
}

// soonEnds is when a certificate's end is told.
const soonEnds = 30 * 24 * time.Hour

// Certificates proves the client certificates that some platforms demand, by a
// call that touches nothing: without one a till can hold money and not give it back.
func Certificates(ctx context.Context, p *Patient) []Finding {
	var all []Finding
	for _, o := range p.opened {
		c, has := o.channel.(channels.Certified)
		if !has {
			continue
		}
		what := "certificate " + o.name
		if f := ends(what, c.CertificateExpires(), p.Now()); f.Level != OK {
			all = append(all, f)
		}
		call, cancel := context.WithTimeout(ctx, reachTime)
		err := c.ProveCertificate(call)
		cancel()
		if err != nil {
			all = append(all, broken(what, "fetch the API certificate again from the merchant platform, and have the provider's rights opened for this sub-merchant", "%v", err))
			continue
		}
		all = append(all, ok(what, "accepted by the platform, until %s", c.CertificateExpires().Format(time.DateOnly)))
	}
	return all
}

func ends(what string, at, now time.Time) Finding {
	switch left := at.Sub(now); {
	case left <= 0:
		return broken(what, "put the renewed certificate in its place", "ended on %s", at.Format(time.DateOnly))
	case left < soonEnds:
		return warn(what, "put the renewed certificate in its place before that day", "ends on %s", at.Format(time.DateOnly))
	}
	return ok(what, "lasts until %s", at.Format(time.DateOnly))
}
