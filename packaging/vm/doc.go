// Package vm boots a Debian machine with a real USB stack under QEMU, and plugs
// scanners and printers into it, so that a test can install tillpay there and be
// its cashier. No hardware virtualisation is needed; times measured in it mean
// nothing.
//
// [Prepare] makes the machine once (a kernel, a disk, a saved running state) in
// a folder that later runs reuse; [Machine.Start] restores that state in about two
// seconds, so that each test has a machine of its own.
package vm
