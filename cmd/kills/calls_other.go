//go:build linux && !amd64

package main

var onOldName map[uint64]string
