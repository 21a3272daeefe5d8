package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"
)

const (
	rawPort     = "9100" // JetDirect: what receipt printers listen on
	dialTimeout = 3 * time.Second
)

func openNetwork(c Config) (Printer, error) {
	address, err := hostAndPort(c.Address)
	if err != nil {
		return nil, err
	}
	dial := func(ctx context.Context) (link, error) {
		d := net.Dialer{Timeout: dialTimeout}
		conn, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, err
		}
		return netLink{conn.(*net.TCPConn)}, nil
	}
	return newStation(c.name(address), dial, usualTimes).known(c), nil
}

// hostAndPort completes an address with the usual port.
func hostAndPort(address string) (string, error) {
	const mend = `set it to the printer's own, as on its self-test slip (address = "192.0.2.50:9100")`
	if address == "" {
		return "", fmt.Errorf("printer.address: missing: %s", mend)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil { // no port, or an IPv6 address alone
		host, port = address, rawPort
		if _, _, err := net.SplitHostPort(net.JoinHostPort(host, port)); err != nil {
			return "", fmt.Errorf("printer.address: %q: %s", address, mend)
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || host == "" {
		return "", fmt.Errorf("printer.address: %q is no host and port: %s", address, mend)
	}
	return net.JoinHostPort(host, port), nil
}

// netLink is a TCP connection to port 9100.
type netLink struct{ conn *net.TCPConn }

func (l netLink) Write(p []byte, until time.Time) (int, error) {
	if err := l.conn.SetWriteDeadline(until); err != nil {
		return 0, err
	}
	return l.conn.Write(p)
}

func (l netLink) Read(p []byte, until time.Time) (int, error) {
	if err := l.conn.SetReadDeadline(until); err != nil {
		return 0, err
	}
	return l.conn.Read(p)
}

// Finish says that no more comes and reads what the printer still says. Closing
// with its words unread would reset the connection, and a printer drops the end
// of a job that is reset. One that keeps its side open has taken what it got.
func (l netLink) Finish(until time.Time) error {
	if err := l.conn.CloseWrite(); err != nil {
		return err
	}
	var buf [64]byte
	for {
		_, err := l.Read(buf[:], until)
		if errors.Is(err, os.ErrDeadlineExceeded) && unsent(l.conn) > 0 {
			return fmt.Errorf("the printer stopped taking the slip: %w", err)
		}
		if err == io.EOF || errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (l netLink) Abort() { l.conn.Close() }

func (l netLink) Close() error { return l.conn.Close() }
