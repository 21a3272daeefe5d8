package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tillpay/agent/config"
	"tillpay/agent/payment"
)

// checkRoutes finds routes that can take nothing: only the drivers' sheets know
// which wallets and currencies a channel takes.
func checkRoutes(cfg *config.Config, accounts map[string]*payment.Account) error {
	for _, route := range slices.Sorted(maps.Keys(cfg.Route)) {
		wallet, currency, _ := strings.Cut(route, ".")
		name := cfg.Route[route]
		a := accounts[name]
		if a == nil {
			continue // the configuration's own check said so
		}
		sheet := a.Channel.Sheet()
		switch {
		case currency != "" && !slices.Contains(sheet.Currencies, currency):
			return fmt.Errorf("route.%s = %q: that channel does not take %s: it takes %s", route, name, currency, listed(sheet.Currencies))
		case wallet == "deposit":
			if sheet.Hold == 0 {
				return fmt.Errorf("route.%s = %q: that channel holds no deposits: name one of the driver wechat-deposit", route, name)
			}
		case !slices.Contains(sheet.Wallets, wallet):
			return fmt.Errorf("route.%s = %q: that channel does not take codes of %s: it takes %s", route, name, wallet, listed(sheet.Wallets))
		}
	}
	return nil
}

// routeAdvice says that the till's own currency leads nowhere.
func routeAdvice(cfg *config.Config, accounts map[string]*payment.Account) []string {
	for route, name := range cfg.Route {
		_, currency, _ := strings.Cut(route, ".")
		if a := accounts[name]; a != nil && (currency == "" || currency == cfg.Till.Currency) && slices.Contains(a.Channel.Sheet().Currencies, cfg.Till.Currency) {
			return nil
		}
	}
	return []string{"no route takes " + cfg.Till.Currency + ", the till's currency: its sales will be refused"}
}
