package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tillpay/agent/config"
	"tillpay/printer"
	"tillpay/printer/raster"
)

// previewKinds are the slips of the program, and two that differ in their heads.
func previewKinds() []string {
	var all []string
	for _, k := range printer.Kinds() {
		all = append(all, string(k))
	}
	return append(all, "copy", "shop")
}

// runReceipt draws a slip as this configuration makes it, with invented goods. It
// asks no agent and no printer.
func runReceipt(_ context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("receipt", flag.ContinueOnError)
	file := configFlag(f)
	kind := f.String("kind", "sale", strings.Join(previewKinds(), ", "))
	out := f.String("out", "", "a file that ends in .png, .html or .txt; left out: text, here")
	rest, err := parse(f, t, args, 1, 1)
	if err != nil {
		return err
	}
	if rest[0] != "preview" {
		return usageError{fmt.Sprintf("%q: write preview", rest[0])}
	}
	if !slices.Contains(previewKinds(), *kind) {
		return usageError{fmt.Sprintf("--kind %s: write one of %s", *kind, strings.Join(previewKinds(), ", "))}
	}
	cfg, err := config.Load(configPath(*file))
	if err != nil {
		return err
	}
	paper, err := layoutPaper(cfg)
	if err != nil {
		return err
	}
	doc := preview(cfg, paper, *kind)
	if *out == "" {
		t.printf("%s", printer.Text(doc, doc.Columns))
		return nil
	}
	drawn, err := drawAs(doc, paper.profile.Dots, filepath.Ext(*out))
	if err != nil {
		return err
	}
	if err := os.WriteFile(*out, drawn, 0o644); err != nil {
		return err
	}
	t.printf("%s: %s slip, %d columns\n", *out, *kind, doc.Columns)
	return nil
}

// drawAs makes a file of a kind that its name's end says.
func drawAs(doc printer.Document, dots int, ext string) ([]byte, error) {
	switch strings.ToLower(ext) {
	case ".png":
		p, err := raster.Draw(doc, dots)
		if err != nil {
			return nil, err
		}
		return raster.PNG(p, 32)
	case ".html":
		return []byte("<!doctype html>\n<html lang=\"" + doc.Language + "\"><meta charset=\"utf-8\"><title>tillpay</title>\n<style>\n" +
			printer.PaperCSS + "</style>\n" + printer.HTML(doc) + "</html>\n"), nil
	case ".txt":
		return []byte(printer.Text(doc, doc.Columns)), nil
	}
	return nil, usageError{fmt.Sprintf("--out: %q is not known: end the file's name in .png, .html or .txt", ext)}
}

// preview lays out a slip of an invented sale at this till.
func preview(cfg *config.Config, paper paper, kind string) printer.Document {
	o := printer.Options{Columns: paper.profile.Columns, Barcode: paper.barcode, Templates: paper.templates}
	now := time.Now()
	if kind == string(printer.Day) {
		return printer.LayoutDay(printer.DayReport{Language: cfg.Till.Language, Merchant: cfg.Till.Merchant, Store: cfg.Till.StoreName, Till: cfg.Till.ID,
			Date: now.In(cfg.Till.Location()).Format(time.DateOnly), At: now, TimeZone: cfg.Till.Location(),
			Totals: []printer.DayTotal{{Channel: "wechat", Currency: cfg.Till.Currency, Payments: 42, Paid: 369600, Refunds: 2, Refunded: 1600}}}, o)
	}
	r := printer.Receipt{
		Kind: printer.Kind(kind), Language: cfg.Till.Language, Merchant: cfg.Till.Merchant, Store: cfg.Till.StoreName, Address: cfg.Till.StoreAddress,
		Till: cfg.Till.ID, Cashier: "Amy", Currency: cfg.Till.Currency, Amount: 9600, Wallet: "wechat", CodeLast4: "1234",
		OrderNo: "2026112200010000312345678903", PlatformNo: "4200001234202611229876543210", Reference: "POS-8812",
		At: now, PaidAt: now.Add(-4 * time.Second), TimeZone: cfg.Till.Location(),
	}
	names := map[string][3]string{
		"en":    {"Iced lemon tea", "Silk-stocking milk tea, less sugar", "Egg tart"},
		"zh-CN": {"冻柠茶", "丝袜奶茶（少糖）", "蛋挞"},
		"zh-HK": {"凍檸茶", "絲襪奶茶（少甜）", "蛋撻"},
	}[cfg.Till.Language]
	for i, price := range []int64{1900, 2200, 900} {
		r.Items = append(r.Items, printer.Item{Name: names[i], Quantity: []int64{2, 1, 4}[i], Price: price})
	}
	switch kind {
	case "copy":
		r.Kind, r.Copy, r.CopyBy, r.CopyAt = printer.Sale, 1, "Amy", now
	case "shop":
		r.Kind, r.ForShop = printer.Sale, true
	case string(printer.Refund):
		r.RefundNo, r.Items, r.Amount = "2026112200010000412345678901", r.Items[2:], 3600
	case string(printer.Attention), string(printer.Cancelled):
		r.PaidAt, r.PlatformNo = time.Time{}, ""
	case string(printer.Deposit):
		r.Items = nil
	case string(printer.Order):
		r.ScanText, r.Until, r.PaidAt, r.PlatformNo = "https://pay.example.com/a1b2c3", now.Add(5*time.Minute), time.Time{}, ""
	}
	return printer.Layout(r, o)
}
