//go:build unix && !linux

package realtime

import "syscall"

// writeNow writes to a descriptor that never blocks.
func writeNow(fd int, p []byte) (int, error) { return syscall.Write(fd, p) }
