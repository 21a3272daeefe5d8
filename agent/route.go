package agent

import (
	"slices"
	"strings"

	"tillpay/agent/ledger"
)

// A sale's way is by its kind, its customer's wallet and its currency. It is
// chosen before a code is submitted and never again: an order whose result is
// not known stays where it is, and no other channel is tried for it.

// routes are the links that a sale of a kind may take, each once; currency "" is
// any.
func (t *Till) routes(kind, currency string) []*link {
	var all []*link
	for route := range t.Routes {
		wallet, only, _ := strings.Cut(route, ".")
		if currency != "" && only != "" && only != currency {
			continue
		}
		if l := t.links[t.Routes[route]]; l != nil && l.serves(kind, wallet, currency) && !slices.Contains(all, l) {
			all = append(all, l)
		}
	}
	return all
}

// linkFor is where a wallet's code goes for a sale, or nil; its channel takes the
// wallet and the currency.
func (t *Till) linkFor(kind, wallet, currency string) *link {
	route := wallet
	if kind == ledger.KindDeposit {
		route = depositRoute
	}
	name, ok := t.Routes[route+"."+currency]
	if !ok {
		name = t.Routes[route]
	}
	if l := t.links[name]; l != nil && l.serves(kind, route, currency) && (kind != ledger.KindDeposit || slices.Contains(l.account.Sheet().Wallets, wallet)) {
		return l
	}
	return nil
}

// serves tells whether what a route leads to takes such a sale. Deposits have
// channels of their own, and a route of their own for every wallet.
func (l *link) serves(kind, wallet, currency string) bool {
	sheet := l.account.Sheet()
	switch {
	case (kind == ledger.KindDeposit) != (wallet == depositRoute), (kind == ledger.KindDeposit) != l.holds():
		return false
	case currency != "" && !slices.Contains(sheet.Currencies, currency):
		return false
	}
	return wallet == depositRoute || slices.Contains(sheet.Wallets, wallet)
}

// takes tells whether a wallet is taken in any currency: then a refusal is about
// the currency.
func (t *Till) takes(kind, wallet string) bool {
	for route := range t.Routes {
		on, _, _ := strings.Cut(route, ".")
		if l := t.links[t.Routes[route]]; l != nil && (on == wallet || on == depositRoute) && l.serves(kind, on, "") && slices.Contains(l.account.Sheet().Wallets, wallet) {
			return true
		}
	}
	return false
}
