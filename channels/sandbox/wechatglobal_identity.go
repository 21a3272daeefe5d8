package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// identify holds the identity in a body or query against the one that signed.
// App ids are checked where they are sent.
func (c *call) identify(id identity) *refusal {
	a := &c.who.Account
	if a.Mode == Direct {
		if id.MchID != a.MchID {
			return refuse("NO_AUTH", "mchid is not the merchant that signed")
		}
		if id.AppID != "" && id.AppID != a.AppID {
			return refuse("APPID_MCHID_NOT_MATCH", "appid is not bound to this merchant")
		}
		return nil
	}
	switch {
	case id.SpMchID != a.SpMchID:
		return refuse("NO_AUTH", "sp_mchid is not the institution that signed")
	case id.SubMchID != "" && id.SubMchID != a.SubMchID:
		bad := refuse("NO_AUTH", "no acquiring relation between institution and sub-merchant")
		bad.internal = 268443701 // §14.5
		return bad
	case id.SpAppID != "" && id.SpAppID != a.SpAppID, id.SubAppID != "" && id.SubAppID != a.SubAppID:
		return refuse("APPID_MCHID_NOT_MATCH", "the app id is not bound to this merchant")
	}
	return nil
}

// body holds the call's body against a table and decodes it into v.
func (c *call) decode(table []member, v any) *refusal {
	if bad := checkBody(c.body, table, c.who.Mode); bad != nil {
		return refuseBody(bad)
	}
	if err := json.Unmarshal(c.body, v); err != nil {
		return refuseBody(bodyViolation("#", "", "not JSON"))
	}
	return nil
}

// onlyParameters refuses a query string that holds a name not listed, or a
// listed one twice or empty.
func (c *call) onlyParameters(names ...string) *refusal {
	for _, name := range slices.Sorted(maps.Keys(c.query)) {
		values := c.query[name]
		switch {
		case !slices.Contains(names, name):
			return refuseQuery(name, strings.Join(values, ","), "not a parameter of this call")
		case len(values) > 1:
			return refuseQuery(name, strings.Join(values, ","), "given twice")
		case values[0] == "":
			return refuseQuery(name, "", "empty")
		}
	}
	return nil
}

// queryIdentity reads the caller's numbers from the query string (§2.2): both
// of an institution's are needed, unless subOptional. more are the call's own
// parameters.
func (c *call) queryIdentity(subOptional bool, more ...string) *refusal {
	names := []string{"mchid"}
	if c.who.Mode == Institution {
		names = []string{"sp_mchid", "sub_mchid"}
	}
	if bad := c.onlyParameters(append(names, more...)...); bad != nil {
		return bad
	}
	for _, name := range names {
		if c.query.Get(name) == "" && !(name == "sub_mchid" && subOptional) {
			bad := refuseQuery(name, "", "required")
			if name == "sub_mchid" {
				bad.internal = 268443704 // §14.5
			}
			return bad
		}
	}
	return c.identify(identity{
		MchID: c.query.Get("mchid"), SpMchID: c.query.Get("sp_mchid"), SubMchID: c.query.Get("sub_mchid"),
	})
}

// pathNumber checks the order or refund number in the path.
func (c *call) pathNumber(name, more string, max int) *refusal {
	if !numberIn(c.number, more, max) {
		return refusePath(name, c.number, "not a number of this kind")
	}
	return nil
}

// numberIn says whether s is a number as §15.4 has them: letters, digits and
// what is in more.
func numberIn(s, more string, max int) bool {
	if s == "" || len(s) > max {
		return false
	}
	for _, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && strings.IndexByte(more, c) < 0 {
			return false
		}
	}
	return true
}

// The marks that stand in numbers beside letters and digits.
const (
	orderMarks  = "_-|*"  // §15.4
	refundMarks = "_-|*@" // §8.1
	goodsMarks  = "-_"    // §5.1
)
