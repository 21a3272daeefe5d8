package agent

import (
	"context"
	"slices"
	"time"

	"tillpay/agent/config"
	"tillpay/scanner"
	"tillpay/scanner/learn"
)

// Bench is the machine's devices, for whoever sets a till up; tests have another.
type Bench interface {
	List() ([]learn.Device, error)
	Watch(ctx context.Context, w learn.Watcher, seen func(learn.Sighting)) error
}

// machine is this one.
type machine struct{}

func (machine) List() ([]learn.Device, error) { return learn.List() }
func (machine) Watch(ctx context.Context, w learn.Watcher, seen func(learn.Sighting)) error {
	return w.Run(ctx, seen)
}

func (t *Till) bench() Bench {
	if t.Bench == nil {
		return machine{}
	}
	return t.Bench
}

// Learnt is a device that just said something, and what to make of it. What it
// read is told only if it is no payment code.
type Learnt struct {
	Plugged
	Kind      scanner.Kind  `json:"kind"`
	Wallet    string        `json:"wallet,omitempty"`
	Text      string        `json:"text,omitempty"`
	Symbology string        `json:"symbology,omitempty"`
	Refused   learn.Refusal `json:"refused,omitempty"` // empty: it is a scanner, and Stanza takes it
	Message   string        `json:"message"`
	Stanza    string        `json:"stanza,omitempty"` // for the configuration file
}

// configuredAlready refuses a device that the till reads as it is.
const configuredAlready learn.Refusal = "configured"

var (
	sayLearnt = sentence{"This is a scanner. Put it into the configuration and restart the agent.", "已识别扫码枪，请写入配置并重启服务。", "已識別掃碼槍，請寫入設定並重新啟動服務。"}
	sayTyped  = sentence{"This was typed by hand: it is a keyboard, not a scanner. Scan the barcode of some goods with the scanner.",
		"这是手工按键：是键盘，不是扫码枪。请用扫码枪扫描一个商品条码。", "這是人手按鍵：是鍵盤，不是掃碼槍。請用掃碼槍掃描一個商品條碼。"}
	sayNoCode = sentence{"This is no code that a till knows. Scan the barcode of some goods with the scanner.",
		"无法识别该内容。请用扫码枪扫描一个商品条码。", "未能識別此內容。請用掃碼槍掃描一個商品條碼。"}
	sayKnown = sentence{"This scanner is set up already. There is nothing to do.", "该扫码枪已配置，无需操作。", "此掃碼槍已設定，無需操作。"}
)

var learnWords = map[learn.Refusal]sentence{"": sayLearnt, learn.Typed: sayTyped, learn.NotACode: sayNoCode, configuredAlready: sayKnown}

// NewLearnt says what to make of a sighting. A device's serial goes into the
// configuration only where another is plugged in that is alike: without it, a
// replacement of the same make works at once.
func NewLearnt(s learn.Sighting, all []learn.Device, codes scanner.Table, language string) Learnt {
	read := codes.Read(s.Text)
	l := Learnt{Plugged: Plugs([]learn.Device{s.Device}, nil, nil)[0], Kind: read.Kind, Wallet: read.Wallet, Symbology: s.Symbology, Refused: s.Refused,
		Message: learnWords[s.Refused].in(language)}
	if read.Kind == scanner.Goods || read.Kind == scanner.OrderNumber {
		l.Text = s.Text
	}
	if s.Refused == "" {
		c := config.Scanner{Driver: s.Mode.Driver(), Vendor: s.Vendor, Product: s.Product}
		twin := func(d learn.Device) bool {
			return d.Vendor == s.Vendor && d.Product == s.Product && d.Serial != s.Serial
		}
		if slices.ContainsFunc(all, twin) {
			c.Serial = s.Serial
		}
		l.Stanza = c.Stanza()
	}
	return l
}

// Learn waits for a device to say something: one that is not configured is watched
// beside the system, one that is tells itself. It answers nil when the time is up,
// and the devices that this service may not watch.
func (t *Till) Learn(ctx context.Context, wait time.Duration) (*Learnt, []Plugged, error) {
	all, err := t.bench().List()
	if err != nil {
		return nil, nil, err
	}
	notices, stop := t.hub.subscribe()
	defer stop()
	ctx, end := context.WithTimeout(ctx, wait)
	defer end()
	var first *Learnt
	blind := []Plugged{}
	found := make(chan Learnt, 1)
	tell := func(l Learnt) {
		select {
		case found <- l:
			end()
		default:
		}
	}
	done := make(chan error, 1)
	go func() {
		done <- t.bench().Watch(ctx, learn.Watcher{
			Codes: t.Codes,
			Skip:  func(d learn.Device) bool { return Configured(d, t.Scanners, t.Printer) },
			Blind: func(d learn.Device) { blind = append(blind, Plugs([]learn.Device{d}, nil, nil)[0]) },
		}, func(s learn.Sighting) { tell(NewLearnt(s, all, t.Codes, t.Language)) })
	}()
	for {
		select {
		case n := <-notices:
			if e, ok := n.Data.(ScanEvent); ok && slices.ContainsFunc(t.Scanners, func(s scanner.Scanner) bool { return s.Name() == e.Device }) {
				tell(Learnt{Plugged: Plugged{Name: e.Device}, Kind: e.Kind, Wallet: e.Wallet, Refused: configuredAlready, Message: sayKnown.in(t.Language)})
			}
		case err := <-done: // ctx is over
			select {
			case l := <-found:
				first = &l
			default:
			}
			return first, blind, err
		}
	}
}
