package sandbox

import (
	"crypto/tls"
	"net/http"
	"time"
)

// exchange is a request as it came off the wire: every byte that was signed.
type exchange struct {
	method string
	uri    string // path and query as on the request line
	header http.Header
	body   []byte
	at     time.Time
	tls    *tls.ConnectionState // nil in process
	host   string               // that the caller reached us by
}

// maxBody bounds what the platforms read of one request.
const maxBody = 1 << 20

// reply is what goes back, and what becomes of it on the way.
type reply struct {
	status int
	header http.Header
	body   []byte
	fate   fate
	delay  time.Duration
}

// fate is how an answer travels.
type fate int

const (
	delivered fate = iota
	cut            // the connection closes, and no byte of the answer comes
	torn           // the connection is reset
	halved         // the headers promise a body of which half arrives
)
