//go:build !linux

package wedge

func open() (device, error) { return nil, ErrUnsupported }
