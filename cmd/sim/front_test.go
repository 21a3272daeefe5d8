package main

import (
	"net/http"
	"strconv"
	"time"
)

// front is a protocol in front of the bank. It reads what a real driver sent and
// writes what that driver must understand, from the platform's own pages.
type front interface {
	read(r *http.Request, body []byte, now time.Time) (call, error)
	// write answers c. How lies makes the answer untrue where the protocol could
	// notice it; now is the platform's clock.
	write(c call, a answer, lies fault, now time.Time) reply
	// signs is whether a lie in an answer can be told at all.
	signs() bool
}

// reply is an answer on its way.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func textReply(status int, media, body string) reply {
	return reply{status, http.Header{"Content-Type": {media}}, []byte(body)}
}

// portal is what a hotel's network says to everything.
var portal = textReply(http.StatusOK, "text/html", "<html><head><title>Welcome</title></head><body>Please accept the terms of use.</body></html>")

func yuan(fen int64) string {
	rest := strconv.FormatInt(100+fen%100, 10)[1:]
	return strconv.FormatInt(fen/100, 10) + "." + rest
}

// fenOf reads an amount with two decimals.
func fenOf(s string) int64 {
	var n int64
	for _, c := range s {
		if c >= '0' && c <= '9' {
			n = n*10 + int64(c-'0')
		}
	}
	return n
}

// told is the order as an answer says it: the books' word, or a lie.
func told(c call, a answer, lies fault) order {
	o := a.o
	o.amount += o.odd
	switch lies {
	case wrongAmount:
		o.amount++
	case wrongOrder:
		if o.no != "" {
			o.no = "9" + o.no[1:]
		}
	case forgedPaid, forgedNaked, forgedTamper:
		if o.no == "" {
			o.no = c.no
		}
		if o.id == "" {
			o.id = "4200000"
		}
		o.state = "paid"
		if o.amount == 0 {
			o.amount = c.amount
		}
	}
	return o
}

// forges tells the lies that only a signature gives away.
func forges(lies fault) bool {
	return lies == forgedPaid || lies == forgedNaked || lies == forgedTamper
}
