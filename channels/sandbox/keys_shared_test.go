package sandbox

import (
	"sync"
	"testing"
)

var drawKeys = sync.OnceValues(NewKeys)

// SharedKeys is a copy of the one set that all tests have: to draw it takes a second.
func SharedKeys(t testing.TB) *Keys {
	t.Helper()
	keys, err := drawKeys()
	if err != nil {
		t.Fatal(err)
	}
	k := *keys
	return &k
}
