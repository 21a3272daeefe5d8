package httpapi

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	callbackConnections = 64
	callbackIdle        = 30 * time.Second // a platform's next callback may use the connection
)

// ServeCallbacks answers on ln until ctx ends, and then returns nil. secure is
// nil where a proxy on this machine keeps the TLS.
func ServeCallbacks(ctx context.Context, ln net.Listener, secure *tls.Config, c *Callbacks) error {
	room := newRoom(ln, callbackConnections)
	var door net.Listener = room
	if secure != nil {
		door = tls.NewListener(room, secure)
	}
	server := &http.Server{
		Handler:           c,
		ReadHeaderTimeout: headerTime, // of a TLS handshake too
		IdleTimeout:       callbackIdle,
		MaxHeaderBytes:    maxHeader - 4096, // net/http adds these 4096 by itself
		ErrorLog:          slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug),
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return room.introduce(ctx, plain(conn))
		},
		ConnState:                    func(conn net.Conn, s http.ConnState) { room.state(plain(conn), s) },
		BaseContext:                  func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		DisableGeneralOptionsHandler: true,
	}
	g, working := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := server.Serve(door); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-working.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		if server.Shutdown(end) != nil {
			server.Close() // who does not come to an end is cut off
		}
		return nil
	})
	return g.Wait()
}

// plain is the connection below TLS: the room's guest.
func plain(conn net.Conn) net.Conn {
	if t, ok := conn.(*tls.Conn); ok {
		return t.NetConn()
	}
	return conn
}
