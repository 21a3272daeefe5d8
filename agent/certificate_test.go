package agent

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// The certificate that a bank demands where money goes back is proven by itself: at
// the start, daily, and at once when a person says that it is mended. A deposit is
// taken all the while.
func TestCertificateIsProvenByItself(t *testing.T) {
	runVault(t, func(t *testing.T, v *vault) {
		ctx := context.Background()
		state := func() StatusChannel { return v.Status(ctx).Channels[0] } // "vault" is before "wechat"
		matters := func() []*Matter {
			all, err := v.Attention(ctx, "en")
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		after(time.Minute)
		if c := state(); c.Certificate != "proven" || c.CertificateEnds == "" || len(matters()) != 0 || v.bank.proofs() != 1 {
			t.Fatalf("at the start: %+v, %d proofs", c, v.bank.proofs())
		}
		after(25 * time.Hour)
		if n := v.bank.proofs(); n != 2 {
			t.Errorf("%d proofs after a day", n)
		}
		v.bank.certificate(errors.New("the gateway answered 400"))
		after(23*time.Hour - 30*time.Second)
		if c, all := state(), matters(); c.Certificate != "proven" || len(all) != 0 {
			t.Errorf("one failure: %+v %+v", c, all)
		}
		after(2 * time.Minute)
		c, all := state(), matters()
		if c.Certificate != "refused" || c.CertificateProblem == "" || len(all) != 1 || all[0].Kind != "certificate" ||
			!strings.Contains(all[0].Message, "answered 400") {
			t.Fatalf("refused twice: %+v %+v", c, all)
		}
		id := v.hold(t) // no sale waits for it
		if _, err := v.Resolve(ctx, all[0].ID, Resolution{Choice: "try_again", Note: "new file"}, "manager", "en"); err != nil {
			t.Fatal(err)
		}
		after(time.Second)
		if all = matters(); len(all) != 1 { // it was not mended
			t.Fatalf("%+v", all)
		}
		if _, err := v.Resolve(ctx, all[0].ID, Resolution{Choice: "wait", Note: "tomorrow"}, "manager", "en"); err != nil {
			t.Fatal(err)
		}
		after(20 * time.Hour)
		if all = matters(); len(all) != 0 {
			t.Errorf("told again within a day: %+v", all)
		}
		after(5 * time.Hour)
		if all = matters(); len(all) != 1 {
			t.Errorf("not told again: %+v", all)
		}
		v.bank.certificate(nil)
		after(11 * time.Minute)
		if c, all = state(), matters(); c.Certificate != "proven" || len(all) != 0 {
			t.Errorf("mended: %+v %+v", c, all)
		}
		v.capture(t, id, 3000)
		after(time.Minute)
	})
}
