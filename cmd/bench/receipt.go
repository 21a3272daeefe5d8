package main

import (
	"context"
	"time"

	"tillpay/printer"
	"tillpay/printer/escpos"
)

// receipt measures a Chinese slip of seven items with a QR code, from the
// Receipt to the printer's bytes.
func receipt(_ context.Context, b *bench) error {
	p, err := escpos.Generic(80, "gb18030")
	if err != nil {
		return err
	}
	r := teaHouse()
	n, before := b.of(20000, 5000), 1000
	var took samples
	length := 0
	for i := range before + n {
		began := time.Now()
		out, err := escpos.Encode(printer.Layout(r, printer.Options{Columns: p.Columns, Barcode: printer.QR}), p)
		if err != nil {
			return err
		}
		if i >= before {
			took = append(took, time.Since(began))
		}
		length = len(out)
	}
	b.limit("receipt, Chinese, 7 items and QR, p50", "µs", n, took.p50(time.Microsecond), 30)
	b.limit("the same, its length", "bytes", 1, float64(length), 700)
	return nil
}

func teaHouse() printer.Receipt {
	at := time.Date(2026, 11, 22, 6, 3, 15, 0, time.UTC)
	return printer.Receipt{
		Kind: printer.Sale, Language: "zh-CN", Merchant: "街角茶铺", Store: "腾讯大厦店", Address: "深圳市南山区科技中一路12号",
		Till: "T01", Cashier: "小美",
		Items: []printer.Item{
			{Name: "冻柠茶", Quantity: 2, Price: 1800},
			{Name: "丝袜奶茶（少糖）", Quantity: 1, Price: 2200},
			{Name: "菠萝油", Quantity: 3, Price: 1500},
			{Name: "蛋挞", Quantity: 4, Price: 900},
			{Name: "焗猪扒饭双人套餐", Quantity: 1, Price: 15800},
			{Name: "云吞面", Quantity: 1, Price: 4200},
			{Name: "打包袋", Quantity: 1, Price: 100},
		},
		Currency: "CNY", Amount: 34000, Wallet: "wechat", CodeLast4: "1234",
		OrderNo: "2026112200010000312345678903", PlatformNo: "4200001234202611229876543210", Reference: "POS-8812",
		At: at, PaidAt: at.Add(6 * time.Second), TimeZone: time.FixedZone("HKT", 8*60*60),
	}
}
