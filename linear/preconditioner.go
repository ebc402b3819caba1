package linear

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// preconditioner is an approximation of a Hessian that is easy to solve with.
type preconditioner interface {
	// renew is called at the start of each iteration and may adapt the
	// approximation to the point that was accepted last; it reports whether it did.
	renew(ctx context.Context, iteration int) (bool, error)
	// solve overwrites v with its product with the inverse.
	solve(v []float64)
}

// fixedHessian is a preconditioner that stays as it is.
type fixedHessian struct{ *scaledCholesky }

func (fixedHessian) renew(context.Context, int) (bool, error) { return false, nil }

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
// since the last factorisation have cost as much as another one, the blocks are
// computed at the present point.
type hessianBlocks struct {
	*design
	penalty    []float64 // of one class
	classes    int
	start      float64            // ℓ″ at first
	curvatures func() [][]float64 // wᵢ ℓ″ᵢ at the present point, per class

	factors  []*scaledCholesky // one for all classes, or one each
	since    int               // iteration of the last factorisation
	patience int               // iterations after it to wait before the next is considered
}

const (
	// firstPatience is the number of iterations that the first approximation is given.
	firstPatience = 10
	// maxBlocks bounds the memory of the blocks, in units of that of the data.
	maxBlocks = 2
	// Samples whose curvature is below negligible times the mean are left out.
	negligible = 0.1
	// An iteration costs about as much as this many times the multiplications of
	// its two products with the data would in a product of the data with themselves.
	passOverhead = 3
)

func newHessianBlocks(d *design, penalty []float64, classes int, start float64, curvatures func() [][]float64) *hessianBlocks {
	return &hessianBlocks{design: d, penalty: penalty, classes: classes, start: start, curvatures: curvatures, patience: firstPatience}
}

func (h *hessianBlocks) renew(ctx context.Context, iteration int) (bool, error) {
	if h.factors == nil {
		g, err := h.gram(ctx)
		if err != nil {
			return false, err
		}
		g.ScaleSym(h.start, g)
		h.factors = []*scaledCholesky{new(scaledCholesky)}
		h.factorize(ctx, 0, g)
		return false, ctx.Err()
	}
	q, waited := h.size(), iteration-h.since
	if waited < h.patience || h.classes*q*q > maxBlocks*h.x.Rows*h.x.Cols {
		return false, nil
	}
	curvatures := h.curvatures()
	rows := make([][]int, h.classes)
	multiplications := float64(h.classes) * float64(q) * float64(q) * float64(q) / 6
	for c, w := range curvatures {
		rows[c] = largerThan(w, negligible*sum(w)/float64(len(w)))
		multiplications += float64(len(rows[c])) * float64(q) * float64(q) / 2
	}
	pass := passOverhead * 2 * float64(h.x.Rows) * float64(q) * float64(h.classes)
	if cost := int(multiplications / pass); waited < cost {
		h.patience = cost
		return false, nil
	}
	h.since, h.patience = iteration, 2*waited
	for len(h.factors) < h.classes {
		h.factors = append(h.factors, new(scaledCholesky))
	}
	together := 1
	if h.x.Rows*q*q >= manyProducts {
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
