package tree

import (
	"math"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// boostLoss is what boosting makes least: a function of targets and of raw
// predictions, of which there are one or, for several classes, one per class. All
// slices cover the same rows; weights are nil for all one.
type boostLoss interface {
	outputs() int
	// baseline is the constant raw prediction to begin with.
	baseline(y, w []float64) []float64
	// derivatives fills in the first and second derivatives by the raw
	// predictions, not yet weighted, but not the second ones if they are ones.
	derivatives(y []float64, raw, g, h [][]float64)
	// losses fills in the loss of each row.
	losses(y []float64, raw [][]float64, loss []float64)
	// quantile is that of the residuals which a leaf is to predict, if it is not
	// to take a Newton step.
	quantile() (q float64, renew bool)
	// ones tells whether all second derivatives are one, and square whether the
	// first ones are residuals, besides.
	ones() bool
	square() bool
}

// weightedMean does not depend on the order of the rows.
func weightedMean(y, w []float64) float64 {
	t := newTargets(y, w, true)
	return t.centre
}

func quantileOf(y, w []float64, q float64) float64 {
	values := make([]weighted, 0, len(y))
	for i, v := range y {
		if w == nil {
			values = append(values, weighted{v, 1})
		} else if w[i] > 0 {
			values = append(values, weighted{v, w[i]})
		}
	}
	return weightedQuantile(values, q)
}

// logLoss is that of two classes: log(1+e^v) − y·v.
type logLoss struct{}

func (logLoss) outputs() int              { return 1 }
func (logLoss) quantile() (float64, bool) { return 0, false }
func (logLoss) ones() bool                { return false }
func (logLoss) square() bool              { return false }

func (logLoss) baseline(y, w []float64) []float64 {
	p := weightedMean(y, w)
	return []float64{math.Log(p / (1 - p))}
}

func (logLoss) derivatives(y []float64, raw, g, h [][]float64) {
	simd.LogisticDerivatives(g[0], h[0], raw[0], y)
}

func (logLoss) losses(y []float64, raw [][]float64, loss []float64) {
	for i, v := range raw[0] {
		loss[i] = max(v, 0) + math.Log1p(math.Exp(-math.Abs(v))) - float64(y[i]*v)
	}
}

// multiLogLoss is that of several classes: log Σ_k e^v_k − v_y.
type multiLogLoss int

func (k multiLogLoss) outputs() int            { return int(k) }
func (multiLogLoss) quantile() (float64, bool) { return 0, false }
func (multiLogLoss) ones() bool                { return false }
func (multiLogLoss) square() bool              { return false }

func (k multiLogLoss) baseline(y, w []float64) []float64 {
	base := make([]float64, k)
	if w == nil {
		for _, v := range y {
			base[int(v)]++
		}
		for c, count := range base {
			base[c] = math.Log(count / float64(len(y)))
		}
	} else {
		member := make([]float64, len(y))
		for c := range base {
			for i, v := range y {
				member[i] = 0
				if int(v) == c {
					member[i] = 1
				}
			}
			base[c] = math.Log(weightedMean(member, w))
		}
	}
	// Only differences count: make the sum zero.
	mean := 0.0
	for _, v := range base {
		mean += v / float64(k)
	}
	for c := range base {
		base[c] -= mean
	}
	return base
}

func (k multiLogLoss) derivatives(y []float64, raw, g, h [][]float64) {
	sums := make([]float64, len(y))
	for i := range sums {
		top := math.Inf(-1)
		for _, r := range raw {
			top = max(top, r[i])
		}
		for c, r := range raw {
			g[c][i] = r[i] - top
		}
	}
	for _, own := range g {
		simd.Exp(own, own)
		for i, v := range own {
			sums[i] += v
		}
	}
	for c, own := range g {
		for i, v := range own {
			p := v / sums[i]
			h[c][i] = p * (1 - p)
			if int(y[i]) == c {
				p--
			}
			own[i] = p
		}
	}
}

func (k multiLogLoss) losses(y []float64, raw [][]float64, loss []float64) {
	for i := range loss {
		top, sum := math.Inf(-1), 0.0
		for _, r := range raw {
			top = max(top, r[i])
		}
		for _, r := range raw {
			sum += math.Exp(r[i] - top)
		}
		loss[i] = top + math.Log(sum) - raw[int(y[i])][i]
	}
}

// pointLoss are the losses of regression. q is the quantile for Quantile.
type pointLoss struct {
	loss Loss
	q    float64
}

func (pointLoss) outputs() int   { return 1 }
func (l pointLoss) ones() bool   { return l.loss != Poisson && l.loss != Gamma }
func (l pointLoss) square() bool { return l.loss == SquaredError }

func (l pointLoss) quantile() (float64, bool) {
	switch l.loss {
	case AbsoluteError:
		return 0.5, true
	case Quantile:
		return l.q, true
	}
	return 0, false
}

func (l pointLoss) baseline(y, w []float64) []float64 {
	switch l.loss {
	case AbsoluteError, Quantile:
		q, _ := l.quantile()
		return []float64{quantileOf(y, w, q)}
	case Poisson, Gamma:
		return []float64{math.Log(weightedMean(y, w))}
	}
	return []float64{weightedMean(y, w)}
}

func (l pointLoss) derivatives(y []float64, raw, g, h [][]float64) {
	r, g0 := raw[0], g[0]
	switch l.loss {
	case SquaredError:
		for i, v := range r {
			g0[i] = v - y[i]
		}
	case AbsoluteError:
		for i, v := range r {
			g0[i] = 1
			if v < y[i] {
				g0[i] = -1
			}
		}
	case Quantile:
		for i, v := range r {
			g0[i] = 1 - l.q
			if v < y[i] {
				g0[i] = -l.q
			}
		}
	case Poisson:
		h0 := h[0]
		simd.Exp(h0, r)
		for i, e := range h0 {
			g0[i] = e - y[i]
		}
	case Gamma:
		h0 := h[0]
		for i, v := range r {
			h0[i] = -v
		}
		simd.Exp(h0, h0)
		for i := range h0 {
			h0[i] *= y[i]
			g0[i] = 1 - h0[i]
		}
	}
}

func (l pointLoss) losses(y []float64, raw [][]float64, loss []float64) {
	for i, v := range raw[0] {
		d := y[i] - v
		switch l.loss {
		case SquaredError:
			loss[i] = d * d / 2
		case AbsoluteError:
			loss[i] = math.Abs(d)
		case Quantile:
			loss[i] = max(l.q*d, (l.q-1)*d)
		case Poisson:
			loss[i] = math.Exp(v) - float64(y[i]*v)
		case Gamma:
			loss[i] = v + float64(y[i]*math.Exp(-v))
		}
	}
}
