package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// atLevels runs test at each level that the processor has, and says so.
func atLevels(t *testing.T, test func(t *testing.T)) {
	for _, l := range Available() {
		t.Run(l.String(), func(t *testing.T) {
			defer Force(l)()
			if Active() != l {
				t.Fatalf("level %v is active", Active())
			}
			test(t)
		})
	}
}

const (
	maxLen = 130
	border = 16
)

// lengths are all short ones and some about the block sizes.
func lengths() []int {
	var ns []int
	for n := 0; n <= maxLen; n++ {
		if raceEnabled && n > 40 {
			n += 20
		}
		ns = append(ns, n)
	}
	return append(ns, 1000, expBlock, expBlock+1, block-1, block, 2*block+33)
}

// An array is a slice at a chosen offset from a 64-byte boundary inside a
// buffer whose other elements must keep their value.
type array struct {
	buf []float64
	lo  int
	x   []float64
}

const guard = -1.2345e301

func newArray(n, offset int, fill func(i int) float64) array {
	lo := border + offset
	buf := make([]float64, n+2*border+8)
	for i := range buf {
		buf[i] = guard
	}
	x := buf[lo : lo+n : lo+n]
	for i := range x {
		x[i] = fill(i)
	}
	return array{buf, lo, x}
}

func (a array) check(t *testing.T, what string) {
	t.Helper()
	for i, v := range a.buf {
		if (i < a.lo || i >= a.lo+len(a.x)) && v != guard {
			t.Fatalf("%s: wrote to element %d of %d", what, i-a.lo, len(a.x))
		}
	}
}

var special = []float64{
	0, math.Copysign(0, -1), 1, -1, 5e-324, -5e-324, 0x1p-1022, math.MaxFloat64, -math.MaxFloat64,
	math.Inf(1), math.Inf(-1), math.NaN(), 709.78, 709.79, -708.4, -745.13, -745.14, 0.5, 1e-20, 37, -37,
}

// fills are the kinds of input: plain numbers, few values with many ties, and
// every kind of special value.
var fills = map[string]func(r *rand.Rand) func(int) float64{
	"normal": func(r *rand.Rand) func(int) float64 { return func(int) float64 { return r.NormFloat64() } },
	"wide": func(r *rand.Rand) func(int) float64 {
		return func(int) float64 { return r.NormFloat64() * math.Exp(20*r.NormFloat64()) }
	},
	"ties": func(r *rand.Rand) func(int) float64 { return func(int) float64 { return float64(r.IntN(3)) - 1 } },
	"special": func(r *rand.Rand) func(int) float64 {
		return func(int) float64 { return special[r.IntN(len(special))] }
	},
	"sparse special": func(r *rand.Rand) func(int) float64 {
		return func(int) float64 {
			if r.IntN(40) == 0 {
				return special[r.IntN(len(special))]
			}
			return r.NormFloat64()
		}
	},
}

// same holds where two numbers have the same bits or are both NaN.
func same(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

// A vectorKernel is a function of some vectors of the same length and of some
// numbers, which may write to the vectors and return a number.
type vectorKernel struct {
	name    string
	vectors int
	run     func(v [][]float64, c []float64) float64
}

var vectorKernels = []vectorKernel{
	{"Dot", 2, func(v [][]float64, c []float64) float64 { return Dot(v[0], v[1]) }},
	{"Sum", 1, func(v [][]float64, c []float64) float64 { return Sum(v[0]) }},
	{"AbsSum", 1, func(v [][]float64, c []float64) float64 { return AbsSum(v[0]) }},
	{"SqDist", 2, func(v [][]float64, c []float64) float64 { return SqDist(v[0], v[1]) }},
	{"Finite", 1, func(v [][]float64, c []float64) float64 { return float64(Finite(v[0])) }},
	{"Max", 1, func(v [][]float64, c []float64) float64 { return Max(v[0]) + 0 }}, // +0: either zero may win
	{"Min", 1, func(v [][]float64, c []float64) float64 { return Min(v[0]) + 0 }},
	{"ArgMax", 1, func(v [][]float64, c []float64) float64 { return float64(ArgMax(v[0])) }},
	{"ArgMin", 1, func(v [][]float64, c []float64) float64 { return float64(ArgMin(v[0])) }},
	{"ArgAbsMax", 1, func(v [][]float64, c []float64) float64 { return float64(ArgAbsMax(v[0])) }},
	{"Axpy", 2, func(v [][]float64, c []float64) float64 { Axpy(c[0], v[0], v[1]); return 0 }},
	{"Axpy4", 5, func(v [][]float64, c []float64) float64 {
		Axpy4(&[4]float64{c[0], c[1], -c[0], 3}, (*[4][]float64)(v), v[4])
		return 0
	}},
	{"Scal", 1, func(v [][]float64, c []float64) float64 { Scal(c[0], v[0]); return 0 }},
	{"Add", 3, func(v [][]float64, c []float64) float64 { Add(v[0], v[1], v[2]); return 0 }},
	{"Sub", 3, func(v [][]float64, c []float64) float64 { Sub(v[0], v[1], v[2]); return 0 }},
	{"Mul", 3, func(v [][]float64, c []float64) float64 { Mul(v[0], v[1], v[2]); return 0 }},
	{"Mul in place", 2, func(v [][]float64, c []float64) float64 { Mul(v[0], v[0], v[1]); return 0 }},
	{"Rot", 2, func(v [][]float64, c []float64) float64 { Rot(v[0], v[1], c[0], c[1]); return 0 }},
	{"AxpySingle", 2, func(v [][]float64, c []float64) float64 {
		x := make([]float32, len(v[0]))
		Narrow(x, v[0])
		for i, e := range x {
			v[0][i] = float64(e)
		}
		AxpySingle(c[0], x, v[1])
		return 0
	}},
	{"AxpyDifference", 3, func(v [][]float64, c []float64) float64 {
		n := min(len(v[0]), block)
		AxpyDifference(c[0], v[0][:n], v[1][:n], v[2][:n])
		return 0
	}},
	{"LeastBelow", 3, func(v [][]float64, c []float64) float64 {
		n := min(len(v[0]), block)
		i, least := LeastBelow(v[0][:n], v[1][:n], v[2][:n])
		return least + 1e-9*float64(i)
	}},
	{"BestGain", 5, func(v [][]float64, c []float64) float64 {
		n := min(len(v[0]), block)
		i, gain, most := BestGain(v[0][:n], v[1][:n], v[2][:n], v[3][:n], v[4][:n], c[0], c[1], 1e-12)
		return gain + 1e-9*float64(i) + most/3
	}},
	{"GapTerms", 5, func(v [][]float64, c []float64) float64 {
		reach, penalty, squares, excess := GapTerms(v[0], v[1], v[2], v[3], v[4], c[0] > 0)
		return reach + penalty/3 + squares/5 + excess/7
	}},
	{"Exp", 2, func(v [][]float64, c []float64) float64 { Exp(v[0], v[1]); return 0 }},
	{"Exp in place", 1, func(v [][]float64, c []float64) float64 { Exp(v[0], v[0]); return 0 }},
	{"Softplus", 2, func(v [][]float64, c []float64) float64 { Softplus(v[0], v[1]); return 0 }},
	{"Logistic", 5, func(v [][]float64, c []float64) float64 { Logistic(v[0], v[1], v[2], v[3], v[4]); return 0 }},
	{"LogisticDerivatives", 4, func(v [][]float64, c []float64) float64 {
		LogisticDerivatives(v[0], v[1], v[2], v[3])
		return 0
	}},
	{"Softmax", 2, func(v [][]float64, c []float64) float64 { return Softmax(v[0], v[1]) }},
	{"LogSumExp", 2, func(v [][]float64, c []float64) float64 { return LogSumExp(v[0], v[1]) }},
	{"RBF", 2, func(v [][]float64, c []float64) float64 { RBF(v[0], v[1], c[0], c[1]); return 0 }},
}

// TestLevelsAgree holds every kernel at every level against its portable twin:
// the same bits, for all lengths and alignments, and nothing written outside.
func TestLevelsAgree(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		level := Active()
		if raceEnabled && level == Portable {
			t.Skip("slow, and the same code on both sides")
		}
		for _, k := range vectorKernels {
			t.Run(k.name, func(t *testing.T) {
				for fill := range fills {
					for _, n := range lengths() {
						if n > maxLen && fill != "sparse special" {
							continue
						}
						offsets := 1
						if fill == "normal" && !raceEnabled {
							offsets = 8
						}
						for offset := range offsets {
							k.compare(t, level, fill, n, offset)
						}
					}
				}
			})
		}
	})
}

func (k vectorKernel) compare(t *testing.T, level Level, fill string, n, offset int) {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(n), uint64(offset)))
	next := fills[fill](r)
	got, want := make([]array, k.vectors), make([]array, k.vectors)
	for i := range got {
		got[i] = newArray(n, (offset+i)%8, next)
		want[i] = newArray(n, 0, func(j int) float64 { return got[i].x[j] })
	}
	c := []float64{next(0), next(1)}
	slices := func(a []array) [][]float64 {
		s := make([][]float64, len(a))
		for i := range a {
			s[i] = a[i].x
		}
		return s
	}
	result := k.run(slices(got), c)
	restore := Force(Portable)
	expected := k.run(slices(want), c)
	restore()
	what := fmt.Sprintf("%s at %v, %s, n=%d, offset %d", k.name, level, fill, n, offset)
	if !same(result, expected) {
		t.Fatalf("%s: %v, portable %v", what, result, expected)
	}
	for i := range got {
		got[i].check(t, what)
		for j := range n {
			if !same(got[i].x[j], want[i].x[j]) {
				t.Fatalf("%s: vector %d, element %d: %v, portable %v", what, i, j, got[i].x[j], want[i].x[j])
			}
		}
	}
}
