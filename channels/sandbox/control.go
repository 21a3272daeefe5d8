package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
)

// controlHandler is the control API: what Faults, Phone and Books do, as JSON
// over HTTP, for demos and for tests in other languages. It asks for no token,
// so it answers loopback names alone, and no page of another origin.
func (s *Sandbox) controlHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/codes", func(w http.ResponseWriter, r *http.Request) { send(w, http.StatusOK, Behaviours()) })
	mux.HandleFunc("GET /v1/accounts", func(w http.ResponseWriter, r *http.Request) { send(w, http.StatusOK, s.Accounts()) })
	mux.HandleFunc("GET /v1/books", func(w http.ResponseWriter, r *http.Request) { send(w, http.StatusOK, s.Books()) })
	mux.HandleFunc("GET /v1/faults", func(w http.ResponseWriter, r *http.Request) { send(w, http.StatusOK, s.faults.List()) })
	mux.HandleFunc("POST /v1/faults", s.controlAddFault)
	mux.HandleFunc("DELETE /v1/faults", func(w http.ResponseWriter, r *http.Request) {
		s.faults.Clear()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("DELETE /v1/faults/{id}", s.controlRemoveFault)
	mux.HandleFunc("GET /v1/switches", func(w http.ResponseWriter, r *http.Request) { send(w, http.StatusOK, s.faults.Switches()) })
	mux.HandleFunc("PUT /v1/switches", s.controlSwitches)
	mux.HandleFunc("GET /v1/phone", s.controlPhone)
	mux.HandleFunc("POST /v1/phone/codes", s.controlShowCode)
	mux.HandleFunc("POST /v1/phone/confirm", s.controlConfirm)
	mux.HandleFunc("POST /v1/phone/reject", s.controlReject)
	mux.HandleFunc("POST /v1/phone/deposit", s.controlOpenDeposit)
	mux.HandleFunc("GET /v1/codes/wechat-deposit", func(w http.ResponseWriter, r *http.Request) { send(w, http.StatusOK, DepositBehaviours()) })
	mux.HandleFunc("POST /v1/phone/fubei", s.controlOpenFubei)
	mux.HandleFunc("GET /v1/codes/fubei", func(w http.ResponseWriter, r *http.Request) { send(w, http.StatusOK, FubeiBehaviours()) })
	mux.HandleFunc("POST /v1/phone/huishouqian", s.controlOpenHuishouqian)
	mux.HandleFunc("GET /v1/codes/huishouqian", func(w http.ResponseWriter, r *http.Request) { send(w, http.StatusOK, HuishouqianBehaviours()) })
	mux.HandleFunc("POST /v1/console/refunds", s.controlConsoleRefund)
	mux.HandleFunc("POST /v1/certificates/rotate", s.controlRotate)
	mux.HandleFunc("GET /v1/codes/huifu", func(w http.ResponseWriter, r *http.Request) { send(w, http.StatusOK, HuifuBehaviours()) })
	mux.HandleFunc("POST /v1/huifu/orders/{no}/{act}", s.controlHuifu)
	mux.HandleFunc("GET /v1/ca", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-pem-file")
		w.Write(s.ca)
	})
	return http.NewCrossOriginProtection().Handler(loopbackOnly(mux))
}

// loopbackOnly refuses a Host that is not this machine (DNS rebinding).
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			sendError(w, http.StatusMisdirectedRequest, errors.New("the control API answers loopback names alone"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Sandbox) controlAddFault(w http.ResponseWriter, r *http.Request) {
	var fault Fault
	if !receive(w, r, &fault) {
		return
	}
	id, err := s.faults.Add(fault)
	if err != nil {
		sendError(w, http.StatusBadRequest, err)
		return
	}
	send(w, http.StatusCreated, map[string]int{"id": id})
}

func (s *Sandbox) controlRemoveFault(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || !s.faults.Remove(id) {
		sendError(w, http.StatusNotFound, errors.New("no such fault"))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// controlSwitches changes those that are named and leaves the others.
func (s *Sandbox) controlSwitches(w http.ResponseWriter, r *http.Request) {
	on := s.faults.Switches()
	if !receive(w, r, &on) {
		return
	}
	s.faults.SetSwitches(on)
	send(w, http.StatusOK, on)
}

// phoneDoc is the phone's display.
type phoneDoc struct {
	Question *Question `json:"question"`
	Last     *Order    `json:"last"`
}

func (s *Sandbox) controlPhone(w http.ResponseWriter, r *http.Request) {
	var doc phoneDoc
	if q, asked := s.phone.Pending(); asked {
		doc.Question = &q
	}
	if o, any := s.phone.Last(); any {
		doc.Last = &o
	}
	send(w, http.StatusOK, doc)
}

func (s *Sandbox) controlShowCode(w http.ResponseWriter, r *http.Request) {
	want := struct {
		Wallet string `json:"wallet"`
		Digits string `json:"digits"`
	}{Wallet: "wechat"}
	if !receive(w, r, &want) {
		return
	}
	code, err := s.phone.Show(want.Wallet, want.Digits)
	if err != nil {
		sendError(w, http.StatusBadRequest, err)
		return
	}
	send(w, http.StatusCreated, code)
}

func (s *Sandbox) controlConfirm(w http.ResponseWriter, r *http.Request) {
	var want struct {
		PIN string `json:"pin"`
	}
	if !receive(w, r, &want) {
		return
	}
	s.controlDecided(w, s.phone.Confirm(want.PIN))
}

func (s *Sandbox) controlReject(w http.ResponseWriter, r *http.Request) {
	s.controlDecided(w, s.phone.Reject())
}

func (s *Sandbox) controlDecided(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, ErrNoQuestion):
		sendError(w, http.StatusConflict, err)
	case err != nil:
		sendError(w, http.StatusBadRequest, err)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *Sandbox) controlRotate(w http.ResponseWriter, r *http.Request) {
	if err := s.Rotate(); err != nil {
		sendError(w, http.StatusInternalServerError, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// receive decodes a body into v; an empty one leaves it as it is.
func receive(w http.ResponseWriter, r *http.Request, v any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil && !errors.Is(err, io.EOF) {
		sendError(w, http.StatusBadRequest, err)
		return false
	}
	return true
}

func send(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(append(encode(v), '\n'))
}

func sendError(w http.ResponseWriter, status int, err error) {
	send(w, status, map[string]string{"error": err.Error()})
}
