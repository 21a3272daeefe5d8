package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	maxConnections = 64
	maxHeader      = 8 << 10
	headerTime     = 5 * time.Second
	idleTime       = 2 * time.Minute
	stopTime       = 3 * time.Second
)

// Serve answers on ln until ctx ends, and then returns nil: streams and waiting
// calls end at once, a call that is at work is let finish for a while.
func Serve(ctx context.Context, ln net.Listener, a *API) error {
	room := newRoom(ln, maxConnections)
	server := &http.Server{
		Handler:           a,
		ReadHeaderTimeout: headerTime, // a body's time, and an answer's, is set by the request
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader - 4096, // net/http adds these 4096 by itself
		ErrorLog:          slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug),
		ConnContext:       room.introduce,
		ConnState:         room.state,
		// ctx is handed on as a value: its end must not cut short a sale that is
		// being stored.
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.WithoutCancel(ctx), servingKey{}, ctx)
		},
		DisableGeneralOptionsHandler: true,
	}
	g, working := errgroup.WithContext(ctx)
	g.Go(func() error { return a.counter.Run(working) })
	g.Go(func() error {
		if err := server.Serve(room); !errors.Is(err, http.ErrServerClosed) {
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
