//go:build !linux

package program

import "os"

// peakMB is not known here, as it is not of a side's process.
func peakMB(*os.ProcessState) float64 { return 0 }
