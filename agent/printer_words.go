package agent

import (
	"context"
	"errors"
	"time"

	"tillpay/printer/transport"
)

// sayPrinter is what a printer's state means to the one who stands at it, and what
// to do; a state that is not here is said in the transport's own words.
var sayPrinter = map[transport.Status]sentence{
	transport.Ready:     {"The printer is ready.", "打印机正常。", "打印機正常。"},
	transport.PaperLow:  {"The paper is nearly out: have a new roll at hand.", "纸将用完，请准备新纸卷。", "紙將用完，請準備新紙卷。"},
	transport.Blind:     {"The printer takes slips and does not say whether they come out: look at the paper.", "打印机不回报状态，请查看小票是否已打印。", "打印機不會回報狀態，請查看單據是否已印出。"},
	transport.PaperOut:  {"The printer is out of paper: put in a new roll. The slips wait and print by themselves.", "打印机缺纸，请更换纸卷，小票会自动补印。", "打印機缺紙，請更換紙卷，單據會自動印出。"},
	transport.CoverOpen: {"The printer's cover is open: close it. The slips wait and print by themselves.", "打印机机盖未关，请关上，小票会自动打印。", "打印機機蓋未關，請關上，單據會自動印出。"},
	transport.CutterJam: {"The paper cutter is stuck: switch the printer off, open it and take out the paper, then switch it on.", "切刀卡住，请关闭打印机电源，打开机盖取出纸，再开机。", "切刀卡住，請關掉打印機電源，打開機蓋取出紙，再開機。"},
	transport.Hot:       {"The print head is too hot: it goes on by itself in a minute.", "打印头过热，稍后会自动恢复。", "打印頭過熱，稍後會自動恢復。"},
	transport.Offline:   {"The printer is offline: press its feed button, or switch it off and on.", "打印机离线，请按进纸键，或关机后再开机。", "打印機離線，請按進紙鍵，或關機後再開機。"},
	transport.Mute:      {"The printer does not answer any more: switch it off and on.", "打印机没有响应，请关机后再开机。", "打印機沒有回應，請關機後再開機。"},
	transport.Missing:   {"The printer cannot be reached: look at its cable and its switch.", "无法连接打印机，请检查连线和电源。", "未能連接打印機，請檢查連線及電源。"},
}

var sayLook = sentence{"It is not known whether the last slip came out: look at the paper.", "无法确认上一张小票是否打印，请查看。", "未能確認上一張單據是否已印出，請查看。"}

// printerState shows on the page what the last slip told of the printer.
func (t *Till) printerState(result transport.Result, err error) {
	status, cause := transport.Ready, ""
	var state *transport.StateError
	switch {
	case errors.As(err, &state):
		status = state.State.Status
	case result == transport.NotPrinted:
		status = transport.Missing // it could not be reached or opened
		if err != nil {
			cause = err.Error()
		}
	case result == transport.Unknown:
		detail := sayLook.in(t.Language)
		if err != nil {
			detail += " (" + err.Error() + ")"
		}
		t.deviceState(t.Printer.Name(), string(result), detail)
		return
	}
	t.sayPrinterState(transport.State{Status: status}, cause)
}

// sayPrinterState shows a state in the till's language; cause is for the technician.
func (t *Till) sayPrinterState(s transport.State, cause string) {
	detail := s.Detail
	if say, ok := sayPrinter[s.Status]; ok {
		detail = say.in(t.Language)
	}
	if s.Status == transport.Ready {
		detail = ""
	}
	if cause != "" {
		detail += " (" + cause + ")"
	}
	t.deviceState(t.Printer.Name(), string(s.Status), detail)
}

// watchPrinter asks the printer how it is before the first customer comes, and goes
// on asking while it cannot print, so that the page tells when that is mended, and
// while it says nothing, since it may be off. A printer that is well, or blind by its
// profile, is left in peace: the next slip asks.
func (t *Till) watchPrinter(ctx context.Context) {
	for last := transport.Status(""); ; {
		state, err := t.Printer.Status(ctx)
		if ctx.Err() != nil || state.Status == "" {
			return
		}
		cause := ""
		if err != nil {
			cause = err.Error()
		}
		if state.Status != transport.Blind || last != transport.Blind { // what a slip told since is worth more
			t.sayPrinterState(state, cause)
		}
		last = state.Status
		pause := lookEvery
		switch {
		case stands(state.Status):
		case state.Status == transport.Blind && !t.Profile.Blind:
			pause = transport.AskBlindAgain
		default:
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}
