package wechatglobal

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tillpay/channels"
)

const (
	statementPath = "/v3/global/statements"
	statementHash = "Wechatpay-Statement-Sha1"
	maxStatement  = 64 << 20
)

// Statement fetches the file of day's calendar date, as day itself shows it;
// the platform counts in Beijing time. It is ready from 10:00 the next day and
// kept for 180 days (§10.1). A day without trade is an empty file.
func (c *Channel) Statement(ctx context.Context, day time.Time) (channels.Statement, error) {
	date := day.Format("20060102")
	a, err := c.exchange(ctx, call{
		method: http.MethodGet, target: statementPath + "?date=" + date + "&" + c.account.query(),
		timeout: statementTimeout, maxBody: maxStatement,
	})
	if err != nil {
		return channels.Statement{}, fmt.Errorf("statement: %w", err)
	}
	name := "wechat-global-" + c.account.caller() + "-" + date + ".csv"
	if a.status != http.StatusOK {
		return statementRefusal(a, name)
	}
	if err := a.proveFile(); err != nil {
		return channels.Statement{}, err
	}
	return channels.Statement{Name: name, Body: a.body}, nil
}

// proveFile compares a file to the hash that its signature covers. Without
// the header the signature covers the file itself.
func (a answer) proveFile() error {
	if a.proof != proven {
		return errors.New("statement: is not proven by its signature")
	}
	said := a.header.Get(statementHash)
	if said == "" {
		return nil
	}
	sum := sha1.Sum(a.body)
	if !strings.EqualFold(said, hex.EncodeToString(sum[:])) {
		return errors.New("statement: is not the file that was signed")
	}
	return nil
}

func statementRefusal(a answer, name string) (channels.Statement, error) {
	f, ok := a.readRefusal()
	switch {
	case !ok || a.proof == broken:
		return channels.Statement{}, fmt.Errorf("statement: platform answered %d", a.status)
	case f.key == "NOSTATEMENTEXIST" && a.proof == proven:
		return channels.Statement{Name: name}, nil
	case f.key == "STATEMENTCREATING":
		return channels.Statement{}, channels.ErrNotReady
	}
	return channels.Statement{}, fmt.Errorf("statement: platform answered %d %s: %s", a.status, f.code, f.message)
}
