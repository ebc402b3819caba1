package linear

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// preconditioner is an approximation of a Hessian that is easy to solve with.
type preconditioner interface {
	// start approximates the Hessian at the start.
	start(ctx context.Context) error
	// renew is called in each iteration and may adapt the approximation to the
	// point that was accepted last; it reports whether it did, and then is called once
	// more in that iteration. The decrement is half the product of gradient and
	// step, goal what it is to come down to.
	renew(ctx context.Context, decrement, goal float64) (bool, error)
	// solve overwrites v with its product with the inverse.
	solve(v []float64)
	// margin is by how many times the decrement may understate the excess over the
	// minimum, for what the approximation does not know of flat directions.
	margin() float64
}

// fixedHessian is a preconditioner that stays as it is.
type fixedHessian struct{ *scaledCholesky }

func (fixedHessian) margin() float64 { return 4 }

func (fixedHessian) start(context.Context) error { return nil }

func (fixedHessian) renew(context.Context, float64, float64) (bool, error) { return false, nil }

// hessianBlocks is a preconditioner made of the blocks on the diagonal of the
// Hessian, one per row of coefficients (class),
//
//	XᵀDX/W + diag(penalty),  D = diag(wᵢ ℓ″ᵢ),
//
// where ℓ″ is the second derivative of the loss in the linear predictor of the class.
//
// It starts with the same ℓ″ for all: one product of the data with themselves, which
// is all that many problems need. For K classes that is 1/K, the Hessian where they are
// equally probable, among vectors that sum to zero over the classes; it is a
// sharper form of the bound of Böhning (1992, Multinomial logistic regression
// algorithm, §2). Where many probabilities have come near to zero or one, so that few
// samples still matter for a class, that is far from the truth: once the iterations
// become slow for what that costs, the blocks are computed at the present point.
type hessianBlocks struct {
	*design
	penalty    []float64 // of one class
	classes    int
	equal      float64            // ℓ″ at first
	curvatures func() [][]float64 // wᵢ ℓ″ᵢ at the present point, per class

	factors []*scaledCholesky // one for all classes, or one each
	pace
	cost float64 // of new blocks in iterations, as of the last ones
}

const (
	// maxBlocks bounds the memory of the blocks, in units of that of the data;
	// smallBlocks, in elements, is always allowed.
	maxBlocks   = 2
	smallBlocks = 1 << 20
	// Samples whose curvature is below negligible times the mean are left out.
	negligible = 0.1
	// An iteration costs about as much as this many times the multiplications of
	// its two products with the data would in a product of the data with themselves.
	passOverhead = 3
)

func newHessianBlocks(d *design, penalty []float64, classes int, equal float64, curvatures func() [][]float64) *hessianBlocks {
	return &hessianBlocks{design: d, penalty: penalty, classes: classes, equal: equal, curvatures: curvatures}
}

// margin is what it takes on images.
func (h *hessianBlocks) margin() float64 { return 30 }

func (h *hessianBlocks) start(ctx context.Context) error {
	g, err := h.gram(ctx)
	if err != nil {
		return err
	}
	g.ScaleSym(h.equal, g)
	h.factors = []*scaledCholesky{new(scaledCholesky)}
	h.factorize(ctx, 0, g)
	return ctx.Err()
}

func (h *hessianBlocks) renew(ctx context.Context, decrement, goal float64) (bool, error) {
	q, n := float64(h.size()), float64(h.x.Rows)
	k := float64(h.classes)
	pass := passOverhead * 2 * n * q * k
	if h.cost == 0 {
		h.cost = k * (n*q*q/2 + q*q*q/6) / pass
	}
	if k*q*q > max(maxBlocks*n*float64(h.x.Cols), smallBlocks) || !h.slow(decrement, goal, h.cost) {
		return false, nil
	}
	curvatures := h.curvatures()
	rows := make([][]int, h.classes)
	multiplications := k * q * q * q / 6
	for c, w := range curvatures {
		rows[c] = largerThan(w, negligible*sum(w)/n)
		multiplications += float64(len(rows[c])) * q * q / 2
	}
	h.cost = multiplications / pass
	h.pace = pace{}
	for len(h.factors) < h.classes {
		h.factors = append(h.factors, new(scaledCholesky))
	}
	together := 1
	if min(h.x.Rows, gatheredRows)*h.size()*h.size() >= manyProducts {
		together = h.classes // one after the other, each in parallel
	}
	err := parallel.ForContext(ctx, h.classes, together, func(lo, hi int) {
		var memory gramMemory
		for c := lo; c < hi; c++ {
			if g, err := h.weightedGram(ctx, rows[c], curvatures[c], &memory); err == nil {
				h.factorize(ctx, c, g)
			}
		}
	})
	if err == nil {
		err = ctx.Err()
	}
	return true, err
}

// factorize sets the factor of class c to that of g, an average over samples, with the
// penalty; nil if there is none.
func (h *hessianBlocks) factorize(ctx context.Context, c int, g *mat.SymDense) {
	for j, l := range h.penalty {
		g.SetSym(j, j, g.At(j, j)+l)
	}
	if h.factors[c] == nil {
		h.factors[c] = new(scaledCholesky)
	}
	if !h.factors[c].factorizeAny(ctx, g) {
		h.factors[c] = nil
	}
}

func (h *hessianBlocks) solve(v []float64) {
	q := h.size()
	parallel.For(h.classes, max(1, 1<<15/(q*q)), func(lo, hi int) {
		for c := lo; c < hi; c++ {
			if f := h.factors[min(c, len(h.factors)-1)]; f != nil {
				f.solve(v[c*q : (c+1)*q])
			}
		}
	})
	if h.classes == 1 {
		return
	}
	// The direction common to all classes is flat; see softmaxObjective.
	mean := make([]float64, q)
	for c := range h.classes {
		axpy(1/float64(h.classes), v[c*q:(c+1)*q], mean)
	}
	for c := range h.classes {
		axpy(-1, mean, v[c*q:(c+1)*q])
	}
}

// largerThan returns the indices of the elements of w above the bound.
func largerThan(w []float64, bound float64) []int {
	var indices []int
	for i, v := range w {
		if v > bound {
			indices = append(indices, i)
		}
	}
	return indices
}
