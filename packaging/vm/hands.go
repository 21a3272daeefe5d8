//go:build linux

package vm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Run runs a bash script as root in the guest and answers what it printed. It
// fails if the script does, or has not ended within limit.
func (m *Machine) Run(ctx context.Context, limit time.Duration, script string) (string, error) {
	var done struct {
		Code int
		Out  string
	}
	if err := m.call(ctx, http.MethodPost, "/exec?limit="+limit.String(), strings.NewReader(script), &done); err != nil {
		return "", err
	}
	if done.Code != 0 {
		return done.Out, fmt.Errorf("vm: exit %d: %s", done.Code, strings.TrimSpace(done.Out))
	}
	return done.Out, nil
}

// PutFile copies a file of the host's into the guest, with its mode.
func (m *Machine) PutFile(ctx context.Context, local, remote string) error {
	b, err := os.ReadFile(local)
	if err != nil {
		return fmt.Errorf("vm: put: %w", err)
	}
	about, err := os.Stat(local)
	if err != nil {
		return fmt.Errorf("vm: put: %w", err)
	}
	return m.Put(ctx, remote, b, about.Mode().Perm())
}

// Put writes a file in the guest.
func (m *Machine) Put(ctx context.Context, remote string, body []byte, mode os.FileMode) error {
	return m.call(ctx, http.MethodPut, fmt.Sprintf("/file?path=%s&mode=%o", url.QueryEscape(remote), mode), bytes.NewReader(body), nil)
}

// Get reads a file of the guest's.
func (m *Machine) Get(ctx context.Context, remote string) ([]byte, error) {
	var body []byte
	err := m.call(ctx, http.MethodGet, "/file?path="+url.QueryEscape(remote), nil, &body)
	return body, err
}

// call asks the guest's hands; the answer goes into a *[]byte as it is, into
// anything else as JSON.
func (m *Machine) call(ctx context.Context, method, path string, body io.Reader, into any) error {
	q, err := http.NewRequestWithContext(ctx, method, fmt.Sprintf("http://127.0.0.1:%d%s", m.port, path), body)
	if err != nil {
		return fmt.Errorf("vm: guest: %w", err)
	}
	q.Close = true // a pulled plug leaves no connection behind
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return fmt.Errorf("vm: guest: %w", err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		return fmt.Errorf("vm: guest: %w", err)
	}
	if a.StatusCode != http.StatusOK {
		return fmt.Errorf("vm: guest: %s: %s", path, bytes.TrimSpace(b))
	}
	switch v := into.(type) {
	case nil:
		return nil
	case *[]byte:
		*v = b
		return nil
	}
	return json.Unmarshal(b, into)
}
