package tree

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// manyRows are enough for derivatives to be packed.
func manyRows() (x *mat.Dense, y []float64) {
	rng := rand.New(rand.NewPCG(3, 1))
	n := packRows + 2001
	x, y = mat.NewDense(n, 5, nil), make([]float64, n)
	for i := range y {
		row := x.RawRowView(i)
		for f := range row {
			row[f] = rng.NormFloat64()
		}
		row[4] = math.Round(row[4])
		y[i] = math.Exp(row[0]/2) + row[1]*row[2] + row[4] + rng.NormFloat64()/4
		if rng.IntN(10) == 0 {
			row[3] = math.NaN()
		}
	}
	return x, y
}

func testedBooster(t *testing.T, params boosting, loss boostLoss, x *mat.Dense, y, w []float64) *booster {
	if err := params.resolve(); err != nil {
		t.Fatal(err)
	}
	b, _, err := newBooster(context.Background(), params, loss, x, y, w)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The histogram of a root that follows from the leaves of the tree before is the
// histogram of all rows, whose derivatives are the residuals.
func TestResidualsFollow(t *testing.T) {
	ctx := context.Background()
	x, y := manyRows()
	for _, params := range []boosting{{}, {depth: 2}, {l2: 3, leaves: 4, columns: 0.5}, {rate: 0.7}} {
		b := testedBooster(t, params, pointLoss{loss: SquaredError}, x, y, nil)
		if !b.residuals.last {
			t.Fatal("residuals are not followed")
		}
		followed := 0
		for i := range 12 {
			if _, err := b.iterate(ctx, i); err != nil {
				t.Fatal(err)
			}
			b.catchUp()
			d := &b.derivatives
			for row, v := range b.raw[0] {
				if g := float64(int64(d.words[row])>>d.layout.Count) * d.gUnit; math.Abs(g-(v-y[row])) > float64(i+1)*d.gUnit {
					t.Fatalf("iteration %d: the derivative of row %d is %v, want %v", i, row, g, v-y[row])
				}
			}
			if b.residuals.root == nil {
				continue
			}
			followed++
			want := make([]derivative, len(b.residuals.root))
			d.histograms(ctx, want, b.data, 0, b.data.p, b.all)
			if !slices.Equal(b.residuals.root, want) {
				t.Fatalf("iteration %d: the histogram of all rows is wrong", i)
			}
			squares := 0.0
			for _, w := range d.words {
				g := float64(int64(w)>>d.layout.Count) * d.gUnit
				squares += g * g
			}
			if math.Abs(squares-b.residuals.squares) > 1e-9*b.residuals.fresh {
				t.Fatalf("iteration %d: the sum of squares is %v, want %v", i, b.residuals.squares, squares)
			}
		}
		if followed < 8 {
			t.Errorf("only %d of 12 iterations followed from those before", followed)
		}
	}
}

// Derivatives that are packed give the same trees as those that are not, or nearly
// so, at every number of processors and with all kernels.
func TestPackedDerivatives(t *testing.T) {
	x, y := manyRows()
	binary, counts, w := make([]float64, len(y)), make([]float64, len(y)), make([]float64, len(y))
	for i, v := range y {
		if v > 1 {
			binary[i] = 1
		}
		counts[i] = math.Round(math.Abs(v))
		w[i] = float64(i % 3)
	}
	for _, c := range []struct {
		name string
		loss boostLoss
		y, w []float64
	}{
		{"log loss", logLoss{}, binary, nil},
		{"weighted", logLoss{}, binary, w},
		{"squared", pointLoss{loss: SquaredError}, y, nil},
		{"absolute", pointLoss{loss: AbsoluteError, q: 0.5}, y, nil},
		{"Poisson", pointLoss{loss: Poisson}, counts, w},
	} {
		t.Run(c.name, func(t *testing.T) {
			blocks := false // even if no bin has as many rows as a block
			raw := func(procs int, level simd.Level, pack bool) []float64 {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
				defer simd.Force(level)()
				b := testedBooster(t, boosting{}, c.loss, x, c.y, c.w)
				b.team = parallel.NewTeam()
				defer b.team.Close()
				b.derivatives.wide = !pack
				if b.derivatives.inBlocks {
					t.Fatal("a bin has more rows than a block")
				}
				b.derivatives.inBlocks = blocks
				b.residuals.last = b.residuals.last && pack
				for i := range 10 {
					if _, err := b.iterate(context.Background(), i); err != nil {
						t.Fatal(err)
					}
					if b.derivatives.packed != pack {
						t.Fatalf("iteration %d: packed: %v", i, !pack)
					}
				}
				b.catchUp()
				return b.raw[0]
			}
			levels := simd.Available()
			best := levels[len(levels)-1]
			packed := raw(1, best, true)
			for _, procs := range []int{2, 3} {
				if !slices.Equal(raw(procs, best, true), packed) {
					t.Errorf("another model on %d processors", procs)
				}
			}
			blocks = true
			if !slices.Equal(raw(2, best, true), packed) {
				t.Error("another model where rows are added up in blocks")
			}
			blocks = false
			if c.name == "squared" && !slices.Equal(raw(2, simd.Portable, true), packed) {
				t.Error("another model without kernels")
			}
			wide := raw(2, best, false)
			mean := func(raw []float64) float64 {
				losses := make([]float64, len(raw))
				c.loss.losses(c.y, [][]float64{raw}, losses)
				return simd.Sum(losses) / float64(len(losses))
			}
			if a, b := mean(packed), mean(wide); math.Abs(a-b) > 0.003*math.Abs(b) {
				t.Errorf("mean loss %v, %v where nothing is packed", a, b)
			}
		})
	}
}
