//go:build !linux

package child

import "syscall"

// setDeathSignal does nothing where the kernel knows no such signal: there a
// child outlives a parent killed with -9 and is found at the next start.
func setDeathSignal(*syscall.SysProcAttr, syscall.Signal) {}
