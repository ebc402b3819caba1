//go:build !noasm

package parallel

// pause tells the processor that its thread waits in a loop.
func pause()
