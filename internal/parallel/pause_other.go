//go:build !amd64 || noasm

package parallel

import "runtime"

// pause lets other goroutines run.
func pause() { runtime.Gosched() }
