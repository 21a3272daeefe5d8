package huifu

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"tillpay/channels"
	"tillpay/channels/private/privatetest"
)

func TestShelf(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	now := time.Now()
	s := shelf{dir, func() time.Time { return now }}
	if _, ok := s.take("huifu-1-TRADE_BILL-20261124.zip"); ok {
		t.Error("nothing was kept yet")
	}
	for _, body := range [][]byte{[]byte("PK"), nil} { // a day without trade is a file too
		s.put(channels.Statement{Name: "huifu-1-TRADE_BILL-20261124.zip", Body: body})
		if got, ok := s.take("huifu-1-TRADE_BILL-20261124.zip"); !ok || !bytes.Equal(got.Body, body) {
			t.Errorf("%q: %+v %v", body, got, ok)
		}
	}
	privatetest.Check(t, filepath.Join(dir, "huifu-1-TRADE_BILL-20261124.zip"))
	now = now.Add(keepBills + time.Hour)
	s.put(channels.Statement{Name: "huifu-1-TRADE_BILL-20270401.zip"})
	if _, ok := s.take("huifu-1-TRADE_BILL-20261124.zip"); ok {
		t.Error("an old bill is still kept")
	}
	shelf{"", s.now}.put(channels.Statement{Name: "x"})
	shelf{"/dev/null/no", s.now}.put(channels.Statement{Name: "x"})
}
