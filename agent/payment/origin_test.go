package payment

import (
	"crypto/rand"
	"testing"
	"time"
)

func TestOriginOf(t *testing.T) {
	n := &Numbers{till: tillDigits("T01"), zone: time.UTC, random: rand.Reader}
	number := n.Next(time.Unix(0, 0))
	wrong := number[:27] + string('0'+(number[27]-'0'+1)%10)
	for _, c := range []struct {
		number, till string
		want         Origin
	}{
		{number, "T01", ThisTill}, {number, "T02", OtherTill}, {wrong, "T01", Stranger}, {"WEBSHOP1", "T01", Stranger},
		{"", "T01", Stranger}, {number + "0", "T01", Stranger}, {"x" + number[1:], "T01", Stranger},
	} {
		if got := OriginOf(c.number, c.till); got != c.want {
			t.Errorf("%s at %s: %v, want %v", c.number, c.till, got, c.want)
		}
	}
}
