//go:build vm && linux

package vm

import (
	"strings"
	"testing"
	"time"
)

const networkPrinter = "driver = \"network\"\naddress = \"10.0.2.100:9100\"\npaper = 80\ncharset = \"gb18030\"\n"

// A machine loses its power between the Pay and its answer, and later while the
// customer is asked for a PIN. Its disk is all that it keeps.
func TestPlugPulledMidPayment(t *testing.T) {
	c := openCounter(t, networkPrinter, "\n[payment]\ndeadline = \"40s\"\n\n[[scanner]]\ndriver = \"serial\"\nvendor = 0x1eab\nproduct = 0x0c06\nserial = \"A1\"\n")
	scanner := Device{Name: "a1", Kind: "acm", Vendor: "1eab", Product: "0c06", Serial: "A1", Maker: "Newland", Model: "FM430"}
	add := func() {
		t.Helper()
		if err := c.m.Add(t.Context(), scanner); err != nil {
			t.Fatal(err)
		}
	}
	scan := func(digits string) {
		t.Helper()
		if err := c.m.Scan(t.Context(), "a1", c.code(digits)+`\r`); err != nil {
			t.Fatal(err)
		}
	}
	add()
	s := c.open("r-before")
	scan("00")
	s = c.becomes(s.ID, "paid", "paid")
	c.await("the receipt", func() bool { return strings.Contains(c.printed(), s.Payments[0].OutTradeNo) })

	lost := c.open("r-answer")
	scan("15") // booked at once, answered after 12 s
	c.await("the Pay to arrive", func() bool { lost = c.sale(lost.ID); _, pays := c.charged(lost); return pays == 1 })
	began := time.Now()
	if err := c.m.PullPlug(); err != nil {
		t.Fatal(err)
	}
	if err := c.m.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.say("plug pulled between the Pay and its answer; the machine was back after %.0f s", time.Since(began).Seconds())
	c.ready()
	c.network()
	lost = c.becomes(lost.ID, "paid", "paid")
	if amount, pays := c.charged(lost); amount != 8800 || pays != 1 || len(lost.Payments) != 1 {
		t.Errorf("charged %d by %d Pays, %d payments; want 8800, 1, 1", amount, pays, len(lost.Payments))
	}
	c.await("the receipt", func() bool { return strings.Contains(c.printed(), lost.Payments[0].OutTradeNo) })
	if n := strings.Count(c.printed(), s.Payments[0].OutTradeNo); n != strings.Count(c.printed(), lost.Payments[0].OutTradeNo) {
		t.Errorf("one receipt names its order %d times, the other does not", n)
	}
	c.say("%s", c.run("tillpay verify; systemctl show -p NRestarts tillpay"))

	// Again, while the customer types a PIN, who never does: nobody is charged. The
	// scanner is the first of its kind since the machine started.
	c.add(scanner)
	c.becomesDevice("serial 1eab:0c06 A1", "ready")
	undone := c.open("r-pin")
	scan("03")
	undone = c.becomes(undone.ID, "paying", "paying")
	if err := c.m.PullPlug(); err != nil {
		t.Fatal(err)
	}
	if err := c.m.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.ready()
	c.network()
	undone = c.becomes(undone.ID, "open", "revoked")
	if amount, pays := c.charged(undone); amount != 0 || pays != 1 {
		t.Errorf("charged %d by %d Pays; want 0, 1", amount, pays)
	}
	c.say("plug pulled while the customer was asked: revoked, charged 0")
	c.say("%s", c.run("tillpay verify"))
	c.picture("receipt-network", []byte(c.printed()))
}

// USB and serial printers, found again after they were unplugged; a slip that
// waits comes out once when the printer is back.
func TestUSBPrinterComesBack(t *testing.T) {
	c := openCounter(t, "driver = \"usb\"\nvendor = 0x04b8\nproduct = 0x0e15\nserial = \"R1\"\npaper = 80\ncharset = \"gb18030\"\n",
		"\n[payment]\ndeadline = \"120s\"\n\n[[scanner]]\ndriver = \"serial\"\nvendor = 0x1eab\nproduct = 0x0c06\nserial = \"A1\"\n")
	for _, d := range []Device{
		{Name: "a1", Kind: "acm", Vendor: "1eab", Product: "0c06", Serial: "A1", Maker: "Newland", Model: "FM430"},
		{Name: "other", Kind: "printer", Vendor: "04b8", Product: "0e15", Serial: "R0", Maker: "EPSON", Model: "TM-T20"},
		{Name: "prn", Kind: "printer", Vendor: "04b8", Product: "0e15", Serial: "R1", Maker: "EPSON", Model: "TM-T20"},
	} {
		if err := c.m.Add(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	pay := func(reference string) sale {
		t.Helper()
		s := c.open(reference)
		if err := c.m.Scan(t.Context(), "a1", c.code("00")+`\r`); err != nil {
			t.Fatal(err)
		}
		return c.becomes(s.ID, "paid", "paid")
	}
	paper := func() string {
		b, err := c.m.Printed(t.Context(), "prn")
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	first := pay("r-usb")
	c.await("the receipt", func() bool { return c.sale(first.ID).Receipt == "printed" })
	if !strings.Contains(paper(), first.Payments[0].OutTradeNo) {
		t.Errorf("the paper does not say the order number: %q", paper())
	}

	c.picture("receipt-usb", []byte(paper()))

	// Printer and scanner are unplugged while the customer types a PIN.
	second := c.asked("r-unplugged", "a1", `\r`)
	for _, name := range []string{"prn", "a1"} {
		if err := c.m.Unplug(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	c.entersPIN()
	second = c.becomes(second.ID, "paid", "paid")
	c.say("unplugged while the customer was asked:\n%s", c.run("tillpay show "+second.ID))
	for _, name := range []string{"prn", "a1"} {
		if err := c.m.Plug(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	c.await("the receipt that waited", func() bool { return c.sale(second.ID).Receipt == "printed" })
	if n, once := strings.Count(paper(), second.Payments[0].OutTradeNo), strings.Count(paper(), first.Payments[0].OutTradeNo); n != once {
		t.Errorf("the receipt that waited names its order %d times, the other %d times", n, once)
	}

	c.becomesDevice("serial 1eab:0c06 A1", "ready")

	if err := c.m.Answer(t.Context(), "prn", "32"); err != nil { // the paper is at its end
		t.Fatal(err)
	}
	third := pay("r-paper")
	c.await("the printer's complaint", func() bool { return strings.Contains(c.log(), "out of paper") })
	if err := c.m.Answer(t.Context(), "prn", "12"); err != nil {
		t.Fatal(err)
	}
	c.await("the receipt after the paper", func() bool { return c.sale(third.ID).Receipt == "printed" })
	if strings.Count(paper(), third.Payments[0].OutTradeNo) == 0 {
		t.Error("the receipt is not on the paper")
	}
	if other, err := c.m.Printed(t.Context(), "other"); err != nil || strings.Contains(string(other), first.Payments[0].OutTradeNo) {
		t.Errorf("the other till's printer has it: %v", err)
	}
}
