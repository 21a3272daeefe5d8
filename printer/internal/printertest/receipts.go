// Package printertest has the receipts that the tests of all renderers draw.
package printertest

import (
	"time"

	"tillpay/printer"
)

// Languages and Kinds are what the golden files cover, with every copy.
var (
	Languages = []string{"en", "zh-CN", "zh-HK"}
	Slips     = []string{"sale", "copy", "refund", "cancelled", "attention", "deposit", "captured"}
)

// Receipt answers one slip of a café in a language; a slip is a Kind, "copy" for
// the second reprint of the sale, "domestic" for one paid in its own currency, or "long" for 20 lines of it.
func Receipt(slip, language string) printer.Receipt {
	r := sale(language)
	switch slip {
	case "copy":
		r.Copy, r.CopyAt = 2, r.At.Add(47*time.Minute)
		r.CopyBy = pick(language, "Ms Wong", "王店长", "黃經理")
	case "domestic":
		r.Currency, r.Payer, r.Exchange, r.Discounts = "CNY", nil, "", nil
	case "long":
		r.Currency, r.Payer, r.Exchange, r.Discounts = "CNY", nil, "", nil
		for len(r.Items) < 20 {
			r.Items = append(r.Items, r.Items[len(r.Items)%7])
		}
	case "refund":
		r.Kind, r.Amount, r.Payer = printer.Refund, 3600, &printer.Paid{Amount: 3312, Currency: "CNY"}
		r.Items, r.Discounts, r.RefundNo = r.Items[:1], nil, "R202611220001000031234567890"
		r.At = r.At.Add(26 * time.Hour)
		r.Reason = pick(language, "Served cold", "送错饮品", "送錯飲品")
	case "cancelled":
		r.Kind, r.Payer, r.Exchange, r.Discounts = printer.Cancelled, nil, "", nil
		r.PaidAt, r.PlatformNo = time.Time{}, ""
		r.Reason = pick(language, "Time was up before the customer confirmed", "顾客未在时限内确认", "顧客未有在時限內確認")
	case "deposit":
		r.Kind, r.Payer, r.Exchange, r.Discounts, r.Currency = printer.Deposit, nil, "", nil, "CNY"
		r.Items, r.Amount, r.Description = nil, 20000, pick(language, "Karaoke room 3", "3号包厢", "3號房")
	case "captured":
		r.Payer, r.Exchange, r.Discounts, r.Currency = nil, "", nil, "CNY"
		r.Items, r.Amount, r.Deposit, r.Description = nil, 12000, 20000, pick(language, "Karaoke room 3", "3号包厢", "3號房")
	case "attention":
		r.Kind, r.Payer, r.Exchange, r.Discounts = printer.Attention, nil, "", nil
		r.PaidAt, r.PlatformNo = time.Time{}, ""
		r.Reason = pick(language, "The platform gives no clear answer", "平台没有给出明确答复", "平台未有明確回覆")
	}
	return r
}

func pick(language, en, cn, hk string) string {
	switch language {
	case "zh-CN":
		return cn
	case "zh-HK":
		return hk
	}
	return en
}

func sale(language string) printer.Receipt {
	l := func(en, cn, hk string) string { return pick(language, en, cn, hk) }
	at := time.Date(2026, 11, 22, 6, 3, 15, 0, time.UTC)
	return printer.Receipt{
		Kind:     printer.Sale,
		Language: language,
		Merchant: l("Corner Tea House", "街角茶铺", "街角茶舖"),
		Store:    l("Tencent Building Branch", "腾讯大厦店", "騰訊大廈分店"),
		Address:  l("12 Keji Road, Nanshan District, Shenzhen", "深圳市南山区科技中一路12号", "深圳市南山區科技中一路12號"),
		Till:     "T01",
		Cashier:  l("Amy", "小美", "阿美"),
		Items: []printer.Item{
			{Name: l("Iced lemon tea", "冻柠茶", "凍檸茶"), Quantity: 2, Price: 1800},
			{Name: l("Silk-stocking milk tea, less sugar", "丝袜奶茶（少糖）", "絲襪奶茶（少甜）"), Quantity: 1, Price: 2200},
			{Name: l("Pineapple bun with butter", "菠萝油", "菠蘿油"), Quantity: 3, Price: 1500},
			{Name: l("Egg tart", "蛋挞", "蛋撻"), Quantity: 4, Price: 900},
			{Name: l("Baked pork chop rice, set for two", "焗猪扒饭双人套餐", "焗豬扒飯二人套餐"), Quantity: 1, Price: 15800},
			{Name: l("Wonton noodles", "云吞面", "雲吞麵"), Quantity: 1, Price: 4200},
			{Name: l("Take-away bag", "打包袋", "外賣膠袋"), Quantity: 1, Price: 100},
		},
		Currency: "HKD",
		Amount:   34000,
		Payer:    &printer.Paid{Amount: 30820, Currency: "CNY"},
		Exchange: "1 HKD = 0.92 CNY",
		Discounts: []printer.Discount{
			{Name: l("New customer", "新客立减", "新客優惠"), Amount: 500},
		},
		Wallet:     "wechat",
		CodeLast4:  "1234",
		OrderNo:    "2026112200010000312345678903",
		PlatformNo: "4200001234202611229876543210",
		Reference:  "POS-8812",
		At:         at,
		PaidAt:     at.Add(6 * time.Second),
		TimeZone:   time.FixedZone("HKT", 8*60*60),
	}
}
