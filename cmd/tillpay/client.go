package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"tillpay/agent"
	"tillpay/agent/config"
)

// client speaks to the agent that runs with the same configuration.
type client struct {
	base  string
	token string
	http  http.Client
}

// clientFlags are the flags of every command that asks the agent.
type clientFlags struct {
	config *string
	json   *bool
}

func newClientFlags(f *flag.FlagSet) clientFlags {
	return clientFlags{configFlag(f), f.Bool("json", false, "print JSON, as the API answers it")}
}

func (c clientFlags) open() (*client, error) {
	cfg, err := config.Load(configPath(*c.config))
	if err != nil {
		return nil, err
	}
	token, err := os.ReadFile(cfg.Path(cfg.API.TokenFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: it has never run with this configuration (no %s); start it with tillpay run", errNoAgent, cfg.API.TokenFile)
	} else if err != nil {
		return nil, err
	}
	return &client{
		base: "http://" + cfg.API.Listen, token: strings.TrimSpace(string(token)),
		http: http.Client{Transport: &http.Transport{Proxy: nil}, Timeout: 90 * time.Second},
	}, nil
}

// problem is an answer of the API that is no success (RFC 9457).
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Field  string `json:"field"`
}

func (p *problem) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	if p.Field != "" && !strings.HasPrefix(text, p.Field) {
		text = p.Field + ": " + text
	}
	return fmt.Sprintf("%s (%s)", text, p.Code)
}

// call sends body, if there is one, and decodes the answer into into.
func (c *client) call(ctx context.Context, method, path string, body, into any) error {
	_, err := c.exchange(ctx, method, path, "", body, into)
	return err
}

// exchange is call for one who has seen what has this tag: into stays as it is where
// that has not changed. It answers the tag of what there is now.
func (c *client) exchange(ctx context.Context, method, path, seen string, body, into any) (tag string, err error) {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return "", err
		}
		r = bytes.NewReader(b)
	}
	q, err := http.NewRequestWithContext(ctx, method, c.base+path, r)
	if err != nil {
		return "", err
	}
	if seen != "" {
		q.Header.Set("If-None-Match", seen)
	}
	q.Header.Set("Authorization", "Bearer "+c.token)
	if body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	p, err := c.http.Do(q)
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return "", fmt.Errorf("%w on %s: start it with tillpay run", errNoAgent, c.base)
	} else if err != nil {
		return "", err
	}
	defer p.Body.Close()
	b, err := io.ReadAll(io.LimitReader(p.Body, 16<<20))
	if err != nil {
		return "", err
	}
	if p.StatusCode >= 400 {
		wrong := &problem{Status: p.StatusCode}
		if json.Unmarshal(b, wrong) != nil || wrong.Code == "" {
			return "", fmt.Errorf("the agent answered %s, which is no answer of tillpay's: does another program use %s?", p.Status, c.base)
		}
		return "", wrong
	}
	tag = p.Header.Get("ETag")
	if into == nil || p.StatusCode == http.StatusNotModified {
		return tag, nil
	}
	return tag, json.Unmarshal(b, into)
}

// sale finds a sale by its id or by any number that it goes by.
func (c *client) sale(ctx context.Context, name string) (*agent.Sale, *agent.Live, error) {
	s := new(agent.Sale)
	err := c.call(ctx, http.MethodGet, "/v1/sales/"+url.PathEscape(name), nil, s)
	var wrong *problem
	if err == nil || !errors.As(err, &wrong) || wrong.Status != http.StatusNotFound {
		return s, nil, err
	}
	var found struct {
		Sale *agent.Sale `json:"sale"`
		Live *agent.Live `json:"live"`
	}
	err = c.call(ctx, http.MethodGet, "/v1/lookup?number="+url.QueryEscape(name), nil, &found)
	return found.Sale, found.Live, err
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
