package sandbox

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestFubeiControl opens a mini program through the control API and pays.
func TestFubeiControl(t *testing.T) {
	keys := SharedKeys(t)
	s := vectorFubei(t, keys)
	var params json.RawMessage
	for _, v := range fubeiVectors(t) {
		if v.ID != "fubei-mina" {
			continue
		}
		var doc struct {
			Data struct {
				Params json.RawMessage `json:"sign_params"`
			} `json:"data"`
		}
		if err := json.Unmarshal([]byte(fubeiPost(s, v.Path, v.Body)), &doc); err != nil {
			t.Fatal(err)
		}
		params = doc.Data.Params
	}
	ask := func(method, path, body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
		s.controlHandler().ServeHTTP(w, r)
		return w
	}
	if w := ask("POST", "/v1/phone/fubei", `{"package":"prepay_id=no"}`); w.Code != http.StatusBadRequest {
		t.Error(w.Code, w.Body)
	}
	if w := ask("POST", "/v1/phone/fubei", string(params)); w.Code != http.StatusNoContent {
		t.Error(w.Code, w.Body)
	}
	if w := ask("POST", "/v1/phone/confirm", `{"pin":"123456"}`); w.Code != http.StatusNoContent {
		t.Error(w.Code, w.Body)
	}
	if o, ok := s.Books().Order("T0120261122000001"); !ok || o.Charged != 1 || o.Description != "矿泉水" {
		t.Errorf("%+v", o)
	}
	var codes []Behaviour
	if err := json.Unmarshal(ask("GET", "/v1/codes/fubei", "").Body.Bytes(), &codes); err != nil || len(codes) != len(FubeiBehaviours()) {
		t.Error(err, len(codes))
	}
}
