package sandbox

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// badForm is 10000000 (§11): missing, too long, bad format, bad enum.
func badForm(issue string) *huifuRefusal {
	return huifuRefuse("10000000", "参数格式错误: "+issue)
}

func huifuOneOf(values ...string) func(string) *huifuRefusal {
	return func(s string) *huifuRefusal {
		if !slices.Contains(values, s) {
			return badForm("not one of " + strings.Join(values, " "))
		}
		return nil
	}
}

func huifuDateForm(s string) *huifuRefusal {
	if d, err := time.ParseInLocation("20060102", s, beijing); err != nil || huifuDay(d) != s {
		return badForm("not yyyyMMdd")
	}
	return nil
}

func huifuStampForm(s string) *huifuRefusal {
	if _, err := time.ParseInLocation("20060102150405", s, beijing); err != nil {
		return badForm("not yyyyMMddHHmmss")
	}
	return nil
}

// huifuNumberForm: no table says which characters a number may have; blanks,
// quotes and anything beyond ASCII are surely a mistake.
func huifuNumberForm(s string) *huifuRefusal {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' || strings.IndexByte(`"'\<>&`, c) >= 0 {
			return badForm("a number has letters, digits and marks")
		}
	}
	return nil
}

// huifuAmountForm is yuan with exactly two decimals, 0.01 at least (§4, §15.4).
func huifuAmountForm(s string) *huifuRefusal {
	if n, ok := fen(s); !ok || n <= 0 {
		return badForm("an amount is yuan with two decimals, 0.01 or more")
	}
	return nil
}

// fen reads an amount; ok says that it is one.
func fen(s string) (n int64, ok bool) {
	whole, cents, found := strings.Cut(s, ".")
	if !found || len(cents) != 2 || whole == "" || len(whole) > 1 && whole[0] == '0' ||
		strings.Trim(whole+cents, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+cents, 10, 64)
	return n, err == nil
}

// yuan writes an amount.
func yuan(n int64) string { return major(n, huifuCurrency) }

// huifuURLForm is §9: http or https, the default port or 8000 to 9005, nothing
// behind the path.
func huifuURLForm(s string) *huifuRefusal {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return badForm("not an http or https address")
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return badForm("an address without parameters is needed")
	}
	standard := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	if port := u.Port(); port != "" && port != standard {
		if n, err := strconv.Atoi(port); err != nil || n < 8000 || n > 9005 {
			return badForm("a port is the default one or 8000 to 9005")
		}
	}
	return nil
}

func huifuJSONForm(s string) *huifuRefusal {
	if !json.Valid([]byte(s)) {
		return badForm("not JSON")
	}
	return nil
}

// huifuObject reads the members of a JSON text, none of them empty or given
// twice. Those that are texts come without their quotes.
func huifuObject(s string) (map[string]string, bool) {
	members, err := readMembers([]byte(s))
	if err != nil {
		return nil, false
	}
	values := map[string]string{}
	for _, m := range members {
		var text string
		if json.Unmarshal(m.raw, &text) != nil {
			text = string(m.raw)
		}
		if text == "" || string(m.raw) == "null" {
			return nil, false
		}
		values[m.name] = text
	}
	return values, true
}

// huifuObjectForm is a JSON text of these members.
func huifuObjectForm(keys []string) func(string) *huifuRefusal {
	return func(s string) *huifuRefusal {
		values, ok := huifuObject(s)
		if !ok {
			return badForm("not a JSON object without empty members")
		}
		for name := range values {
			if !slices.Contains(keys, name) {
				return badForm("no member " + clip(name))
			}
		}
		// §4: promotion_flag Y needs detail.
		if flag := values["promotion_flag"]; flag != "" && flag != "Y" && flag != "N" || flag == "Y" && values["detail"] == "" {
			return badForm("promotion_flag is N, or Y with a detail")
		}
		return nil
	}
}

// §4: the forms of the places in risk_check_data and in the terminal.
var (
	huifuLatitude  = &pattern{expression: `^[+-][0-9]{1,2}(\.[0-9]{1,6})?$`}
	huifuLongitude = &pattern{expression: `^[+-][0-9]{1,3}(\.[0-9]{1,5})?$`}
	huifuStation   = &pattern{expression: `^[0-9 ]{3}[0-9 ]{2}[0-9A-Fa-f ]{5}[0-9A-Fa-f ]{5}$`}
)

// huifuRiskForm: one of three groups says where the till is (§4).
func huifuRiskForm(s string) *huifuRefusal {
	if bad := huifuObjectForm([]string{"ip_addr", "base_station", "latitude", "longitude"})(s); bad != nil {
		return bad
	}
	v, _ := huifuObject(s)
	if v["ip_addr"] == "" && v["base_station"] == "" && (v["latitude"] == "" || v["longitude"] == "") {
		return badForm("ip_addr, base_station, or latitude and longitude are needed")
	}
	for name, ok := range map[string]func(string) bool{
		"ip_addr": isIP, "base_station": huifuStation.MatchString,
		"latitude": huifuLatitude.MatchString, "longitude": huifuLongitude.MatchString,
	} {
		if v[name] != "" && !ok(v[name]) {
			return badForm(name)
		}
	}
	return nil
}

func isIP(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

func isIPv4(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4()
}

func huifuTerminalKeys() []string {
	return []string{"mer_device_type", "devs_id", "device_type", "device_ip", "device_mac", "device_imei", "device_imsi",
		"device_icc_id", "device_wifi_mac", "device_gps", "app_version", "encrypt_rand_num", "icc_id", "location",
		"mer_device_ip", "mobile_country_cd", "mobile_net_num", "network_license", "secret_text", "serial_num"}
}

// huifuTerminalForm is the terminal object of §4; must are those that a call
// demands.
func huifuTerminalForm(must ...string) func(string) *huifuRefusal {
	kinds := []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11"} // §10
	return func(s string) *huifuRefusal {
		if bad := huifuObjectForm(huifuTerminalKeys())(s); bad != nil {
			return bad
		}
		v, _ := huifuObject(s)
		for _, name := range must {
			if v[name] == "" {
				return badForm("the terminal has no " + name)
			}
		}
		lat, lon, _ := strings.Cut(v["location"], "/")
		switch {
		case v["mer_device_type"] != "" && !slices.Contains(kinds, v["mer_device_type"]):
			return badForm("mer_device_type")
		case v["device_type"] != "" && !slices.Contains([]string{"1", "2", "3", "4"}, v["device_type"]):
			return badForm("device_type")
		case v["device_ip"] != "" && !isIPv4(v["device_ip"]):
			return badForm("device_ip")
		case v["mer_device_ip"] != "" && !isIP(v["mer_device_ip"]):
			return badForm("mer_device_ip")
		case v["location"] != "" && (!huifuLatitude.MatchString(lat) || !huifuLongitude.MatchString(lon)):
			return badForm("location")
		}
		return nil
	}
}
