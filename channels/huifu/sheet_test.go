package huifu

import (
	"testing"

	"tillpay/channels"
)

// close_barcode speaks of barcodes: a prepared order is closed all the same (§8).
func TestPreparedOrdersAreClosed(t *testing.T) {
	c, _ := newChannel(t, always(500, ""), func(c *Config) { c.CloseBarcode = false })
	s := c.Sheet()
	if len(s.Undo) != 1 || s.Undo[0].How != channels.ByRefund || len(s.UndoPrepared) != 2 || s.UndoPrepared[0].How != channels.ByClose {
		t.Errorf("undo %+v, of prepared orders %+v", s.Undo, s.UndoPrepared)
	}
}
