package httpapi

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"tillpay/channels/private"
)

// kept is a session as its file has it: of the secret only its hash.
type kept struct {
	SHA256 string    `json:"sha256"`
	Role   Role      `json:"role"`
	End    time.Time `json:"end"`
}

// restore reads what store wrote before a restart: a page that was open in the
// middle of a payment goes on showing it. No file is no session.
func (v *vouchers) restore() error {
	text, err := os.ReadFile(v.file)
	if v.file == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var all []kept
	if err := errors.Join(err, json.Unmarshal(text, &all)); err != nil {
		return fmt.Errorf("%s: %w: every page needs a new link", v.file, err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.all = map[[32]byte]voucher{}
	for _, one := range all {
		key, err := hex.DecodeString(one.SHA256)
		if err != nil || len(key) != 32 || roles[one.Role] == 0 || one.End.After(v.now().Add(v.life)) {
			continue // nothing that this till wrote
		}
		v.all[[32]byte(key)] = voucher{one.Role, one.End}
		v.tidy()
	}
	return nil
}

// store writes the file anew, whole or not at all. What fails costs a restart's
// pages their session, and nothing else.
func (v *vouchers) store() {
	if v.file == "" {
		return
	}
	all := []kept{}
	for key, one := range v.all {
		all = append(all, kept{hex.EncodeToString(key[:]), one.role, one.end})
	}
	text, err := json.Marshal(all)
	fresh := v.file + ".new"
	if err == nil {
		err = errors.Join(os.WriteFile(fresh, text, 0o600), private.Keep(fresh, 0o600))
	}
	if err == nil {
		err = os.Rename(fresh, v.file)
	}
	if err != nil {
		v.log.Warn("the pages' sessions are not kept: after a restart each needs a new link", "error", err)
	}
}
