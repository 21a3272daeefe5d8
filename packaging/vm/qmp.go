//go:build linux

package vm

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"
)

// qmp is a connection to QEMU's monitor, which serves one at a time.
type qmp struct {
	net.Conn
	lines *bufio.Reader
}

// qmp opens a connection for do.
func (m *Machine) qmp(do func(*qmp) error) error {
	c, err := net.DialTimeout("unix", m.own("qmp.sock"), 2*time.Second)
	if err != nil {
		return fmt.Errorf("vm: monitor: %w", err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		return fmt.Errorf("vm: monitor: %w", err)
	}
	q := &qmp{c, bufio.NewReader(c)}
	if _, err := q.lines.ReadBytes('\n'); err != nil { // its greeting
		return fmt.Errorf("vm: monitor: %w", err)
	}
	if _, err := q.do("qmp_capabilities", nil); err != nil {
		return err
	}
	return do(q)
}

// do executes a command and answers what it returns.
func (q *qmp) do(command string, arguments any) (json.RawMessage, error) {
	request := map[string]any{"execute": command}
	if arguments != nil {
		request["arguments"] = arguments
	}
	b, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("vm: monitor: %s: %w", command, err)
	}
	if _, err := q.Write(append(b, '\n')); err != nil {
		return nil, fmt.Errorf("vm: monitor: %s: %w", command, err)
	}
	for {
		line, err := q.lines.ReadBytes('\n')
		if err != nil {
			return nil, fmt.Errorf("vm: monitor: %s: %w", command, err)
		}
		var answer struct {
			Return json.RawMessage
			Error  *struct{ Desc string }
			Event  string
		}
		if err := json.Unmarshal(line, &answer); err != nil {
			return nil, fmt.Errorf("vm: monitor: %s: %w", command, err)
		}
		switch {
		case answer.Event != "": // nobody asked
		case answer.Error != nil:
			return nil, errors.New("vm: monitor: " + command + ": " + answer.Error.Desc)
		default:
			return answer.Return, nil
		}
	}
}

// field is one member of an object; nil if there is none.
func field(object json.RawMessage, name string) json.RawMessage {
	var all map[string]json.RawMessage
	if json.Unmarshal(object, &all) != nil {
		return nil
	}
	return all[name]
}
