package program

import (
	"os"
	"syscall"
)

// peakMB returns the peak of the resident memory that the ended process had, in MB
// (10⁶ bytes).
func peakMB(ended *os.ProcessState) float64 {
	usage, ok := ended.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return float64(usage.Maxrss) * 1024 / 1e6
}
