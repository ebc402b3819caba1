// Package simd holds the vector kernels of the library: AVX-512, AVX2 with FMA
// and NEON in assembly, and a portable twin of each in Go. Which of them runs
// is decided once, at start-up, from what the processor offers; a build with
// the tag noasm has the portable ones only.
package simd

import "fmt"

// A Level names an instruction set that kernels are written for. A higher
// level on the same architecture includes the lower ones.
type Level int

const (
	Portable Level = iota // plain Go
	NEON                  // arm64: Advanced SIMD with FMA
	AVX2                  // amd64: AVX2 and FMA
	AVX512                // amd64: AVX-512 F, BW, DQ and VL
)

func (l Level) String() string {
	switch l {
	case Portable:
		return "portable"
	case NEON:
		return "neon"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	}
	return fmt.Sprintf("Level(%d)", int(l))
}

// level is what the kernels switch on.
var level = best()

// Active returns the level that serves the kernels.
func Active() Level { return level }

// Available returns the levels that this processor and build can run, lowest
// first.
func Available() []Level {
	var levels []Level
	for l := Portable; l <= AVX512; l++ {
		if supported(l) {
			levels = append(levels, l)
		}
	}
	return levels
}

// Force makes l the active level and returns a function that restores the one
// before. It is for tests and benchmarks and must not run beside other work; it
// panics if the level is not available.
func Force(l Level) (restore func()) {
	if !supported(l) {
		panic("simd: level " + l.String() + " is not available")
	}
	before := level
	level = l
	return func() { level = before }
}

func best() Level {
	levels := Available()
	return levels[len(levels)-1]
}
