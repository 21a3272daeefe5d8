package scanner_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tillpay/scanner"
)

// None of these was ever anybody's: the digits are made up.
const (
	wechat   = "134650720866361395"
	alipay   = "286507208663613950"
	unionpay = "6234567890123456789"
	goods13  = "4006381333931"
)

func order(first27 string) string {
	return first27 + string(scanner.CheckDigit(first27))
}

func TestRead(t *testing.T) {
	pay := func(w string) scanner.Read { return scanner.Read{Kind: scanner.PaymentCode, Wallet: w} }
	bad := func(p scanner.Problem) scanner.Read { return scanner.Read{Kind: scanner.Unusable, Problem: p} }
	ours := order("202611240001000010123456789")
	for text, want := range map[string]scanner.Read{
		wechat:                         pay(scanner.WeChat),
		"10" + strings.Repeat("0", 16): pay(scanner.WeChat),
		"15" + strings.Repeat("9", 16): pay(scanner.WeChat),
		alipay:                         pay(scanner.Alipay),
		"25" + strings.Repeat("1", 14): pay(scanner.Alipay),
		"30" + strings.Repeat("1", 22): pay(scanner.Alipay),
		unionpay:                       pay(scanner.UnionPay),
		goods13:                        {Kind: scanner.Goods},
		"96385074":                     {Kind: scanner.Goods},
		"036000291452":                 {Kind: scanner.Goods},
		"10012345678902":               {Kind: scanner.Goods}, // GTIN-14 that begins like WeChat's
		"1312345678905":                {Kind: scanner.Goods}, // EAN-13 that begins like WeChat's
		ours:                           {Kind: scanner.OrderNumber},
		"1312345678906":                bad(scanner.HalfACode), // the same, check digit wrong
		wechat[:17]:                    bad(scanner.HalfACode),
		alipay[:15]:                    bad(scanner.HalfACode),
		unionpay[:18]:                  bad(scanner.HalfACode),
		"62":                           bad(scanner.HalfACode),
		wechat + wechat:                bad(scanner.TwoCodes),
		wechat + alipay:                bad(scanner.TwoCodes),
		unionpay + wechat + alipay:     bad(scanner.TwoCodes),
		wechat + goods13:               bad(scanner.TwoCodes),
		goods13 + wechat:               bad(scanner.TwoCodes),
		ours + wechat:                  bad(scanner.TwoCodes),
		goods13 + goods13:              bad(scanner.Unrecognized), // no payment code in it
		wechat + "7":                   bad(scanner.TooLong),
		strings.Repeat("9", 40):        bad(scanner.TooLong),
		scanner.Overlong:               bad(scanner.TooLong),
		strings.Repeat("1", 257):       bad(scanner.TooLong),
		"１３４６５０７２０８６６３６１３９５": bad(scanner.FullWidth),
		"13465０720866361395":            bad(scanner.FullWidth),
		"":                              bad(scanner.Empty),
		" \t":                           bad(scanner.Empty),
		"https://example.com/" + wechat: bad(scanner.Letters),
		"13465O720866361395":            bad(scanner.Letters),
		"1346 5072 0866 3613 95":        bad(scanner.Letters),
		"fp" + strings.Repeat("0", 33):  bad(scanner.Letters),
		"]Q1" + wechat:                  bad(scanner.SymbologyID),
		"164650720866361395":            bad(scanner.Unrecognized),
		"160507208663613950":            bad(scanner.Unrecognized), // WeChat itself is on
		"4006381333930":                 bad(scanner.Unrecognized),
		ours[:27] + string('0'+(ours[27]-'0'+1)%10): bad(scanner.Unrecognized),
		"hQVDUFYwMWETTwegAAAAVVVVAAA=":              {Kind: scanner.Unusable, Wallet: scanner.EMVCo, Problem: scanner.WalletOff},
	} {
		if got := scanner.Default().Read(text); got != want {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
	}
}

func TestTableWith(t *testing.T) {
	off := scanner.Default().With(scanner.Row{Wallet: scanner.Alipay})
	if got := off.Read(alipay); got.Problem != scanner.WalletOff || got.Wallet != scanner.Alipay {
		t.Errorf("alipay switched off: %+v", got)
	}
	if scanner.Default().Read(alipay).Kind != scanner.PaymentCode {
		t.Error("the built-in table was changed")
	}

	extra := scanner.Default().With(scanner.Row{Wallet: scanner.WeChat, Prefixes: []string{"160"}, Enabled: true})
	if got := extra.Read("160507208663613950"); got.Wallet != scanner.WeChat || got.Kind != scanner.PaymentCode {
		t.Errorf("160 switched on: %+v", got)
	}
	if extra.Read(wechat).Kind != scanner.PaymentCode {
		t.Error("160 took 10 to 15 away")
	}
	if gone := extra.With(scanner.Row{Wallet: scanner.WeChat}); gone.Read("160507208663613950").Problem != scanner.WalletOff {
		t.Error("off leaves a row of the wallet on")
	}

	more := scanner.Default().With(
		scanner.Row{Wallet: scanner.JD, Prefixes: []string{"18"}, Shortest: 18, Longest: 18, Enabled: true},
		scanner.Row{Wallet: "octopus", Prefixes: []string{"131313"}, Shortest: 18, Longest: 18, Enabled: true},
		scanner.Row{Wallet: scanner.EMVCo, Enabled: true},
		scanner.Row{Wallet: scanner.UnionPay, Shortest: 19, Longest: 20, Enabled: true},
	)
	for text, want := range map[string]string{
		"184650720866361395":           scanner.JD,
		"131313720866361395":           "octopus", // the longer prefix wins
		wechat:                         scanner.WeChat,
		"hQVDUFYwMWETTwegAAAAVVVVAAA=": scanner.EMVCo,
		unionpay + "0":                 scanner.UnionPay,
	} {
		if got := more.Read(text); got.Wallet != want || got.Kind != scanner.PaymentCode {
			t.Errorf("%q: got %+v, want %s", text, got, want)
		}
	}
	if got, want := len(more.Wallets()), len(scanner.Default().Wallets())+1; got != want {
		t.Errorf("%d wallets, want %d", got, want)
	}
}

func TestCheckDigit(t *testing.T) {
	for digits, want := range map[string]byte{
		"7992739871":      '3', // the usual example of ISO/IEC 7812-1
		"411111111111111": '1',
		"0":               '0',
		"":                0,
		"12a":             0,
		"１２":              0,
	} {
		if got := scanner.CheckDigit(digits); got != want {
			t.Errorf("%q: got %q, want %q", digits, got, want)
		}
	}
}

// One wrong digit, or two neighbours exchanged (save 09 and 90), is always seen.
func TestOrderNumberMisread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := []byte(order("20261124" + rapid.StringMatching(`[0-9]{19}`).Draw(t, "rest")))
		if !scanner.IsOrderNumber(string(number)) {
			t.Fatalf("%s is not taken for ours", number)
		}
		at := rapid.IntRange(0, 27).Draw(t, "at")
		was := number[at]
		number[at] = byte(rapid.IntRange('0', '9').Draw(t, "digit"))
		if number[at] != was && scanner.IsOrderNumber(string(number)) {
			t.Fatalf("%s is taken for ours", number)
		}
	})
}

func TestOrderNumberDay(t *testing.T) {
	for first27, want := range map[string]bool{
		"197001010001000010123456789": true, // a dead clock battery
		"202613010001000010123456789": false,
		"202602300001000010123456789": false,
		"260101010001000010123456789": false, // Alipay's range
	} {
		if got := scanner.IsOrderNumber(order(first27)); got != want {
			t.Errorf("%s: got %v", first27, got)
		}
	}
}

// What Read says always hangs together, whatever was scanned.
func FuzzRead(f *testing.F) {
	for _, text := range []string{wechat, alipay, unionpay + wechat, goods13, "１３", "hQVDUFYwM", "]Q1" + wechat, "\xff\xfe", ""} {
		f.Add(text)
	}
	table := scanner.Default().With(scanner.Row{Wallet: scanner.EMVCo, Enabled: true})
	f.Fuzz(func(t *testing.T, text string) {
		got := table.Read(text)
		if (got.Kind == scanner.Unusable) != (got.Problem != "") {
			t.Errorf("%+v", got)
		}
		if got.Kind == scanner.PaymentCode && (got.Wallet == "" || len(text) < 16) {
			t.Errorf("%+v", got)
		}
		if got.Problem == scanner.TwoCodes && len(text) < 16+8 {
			t.Errorf("%+v of %d characters", got, len(text))
		}
	})
}
