package simd

import "math"

// expBlock is block for the kernels of this file.
const expBlock = 1 << 12

// Exp computes dst[i] = e to the power x[i] over the length of x; dst may be x
// itself and must not be shorter. The error is below 1.1 ulp, subnormal results
// included; above 709.78… the result is +Inf, below −745.13… it is 0, and NaN
// stays NaN. All levels agree bit for bit.
//
// With k the integer nearest x·log₂e and r = x − k·ln 2, taken off in two parts,
// e^x = 2^k·(1 + r + r²·q(r)), q of degree 9, a near-minimax polynomial whose
// error is 1.6e-17 of the result.
func Exp(dst, x []float64) {
	dst = dst[:len(x)]
	reads(x)
	writes(dst)
	for lo := 0; lo < len(x); lo += expBlock {
		hi := min(lo+expBlock, len(x))
		exp(dst[lo:hi], x[lo:hi])
	}
}

// Softplus computes dst[i] = log(1 + e^x[i]) as max(x, 0) + log1p(e^−|x|),
// within 3 ulp; see [Exp] for dst and for special values.
func Softplus(dst, x []float64) {
	dst = dst[:len(x)]
	reads(x)
	writes(dst)
	for lo := 0; lo < len(x); lo += expBlock {
		hi := min(lo+expBlock, len(x))
		softplus(dst[lo:hi], x[lo:hi])
	}
}

// Logistic computes, for margins z and targets y in [0, 1], with the
// probability p = 1/(1+e^−z),
//
//	loss[i]  = log(1+e^z) − y·z, the negative log-likelihood,
//	resid[i] = p − y, its first derivative by z,
//	curv[i]  = p·(1−p), its second,
//
// over the length of z; the others must not be shorter. Each of the outputs may
// be z or y themselves. For y of 0 or 1 residuals and losses keep their relative
// accuracy where p rounds to y. A weight per sample multiplies all three (see
// [Mul]); the objective is the [Sum] of loss.
func Logistic(loss, resid, curv, z, y []float64) {
	n := len(z)
	loss, resid, curv, y = loss[:n], resid[:n], curv[:n], y[:n]
	reads(z)
	reads(y)
	writes(loss)
	writes(resid)
	writes(curv)
	for lo := 0; lo < n; lo += expBlock {
		hi := min(lo+expBlock, n)
		logistic(loss[lo:hi], resid[lo:hi], curv[lo:hi], z[lo:hi], y[lo:hi])
	}
}

// LogisticDerivatives is [Logistic] without the losses.
func LogisticDerivatives(resid, curv, z, y []float64) {
	n := len(z)
	resid, curv, y = resid[:n], curv[:n], y[:n]
	reads(z)
	reads(y)
	writes(resid)
	writes(curv)
	for lo := 0; lo < n; lo += expBlock {
		hi := min(lo+expBlock, n)
		logisticDerivatives(resid[lo:hi], curv[lo:hi], z[lo:hi], y[lo:hi])
	}
}

// Softmax computes dst[j] = e^x[j] / Σ e^x[i] over the length of x and returns
// log Σ e^x[i], both by way of the differences from the largest element, so that
// nothing overflows. dst may be x itself and must not be shorter. A NaN in x
// makes everything NaN, as do two elements of +Inf or nothing but −Inf. For no
// elements it returns −Inf.
func Softmax(dst, x []float64) float64 {
	if len(x) == 0 {
		return math.Inf(-1)
	}
	m, s := expDifferences(dst, x)
	Scal(1/s, dst[:len(x)])
	return m + math.Log(s)
}

// SoftmaxRows replaces each row of k scores in z by probabilities, e^z[c] / Σ
// e^z[j], and sets loss[i] = log Σ e^z[j] − z[y[i]], the negative log-likelihood of
// class y[i], for the len(y) rows. A loss keeps its relative accuracy where the
// probability rounds to 1. NaN and infinities act as in [Softmax].
func SoftmaxRows(z []float64, k int, y []int, loss []float64) {
	z, loss = z[:len(y)*k], loss[:len(y)]
	step := max(1, expBlock/max(k, 1))
	for lo := 0; lo < len(y); lo += step {
		hi := min(lo+step, len(y))
		softmaxRows(z[lo*k:hi*k], k, y[lo:hi], loss[lo:hi])
	}
}

func softmaxRows(z []float64, k int, y []int, loss []float64) {
	for i, class := range y {
		row := z[i*k : i*k+k]
		m := row[0]
		if k > 16 {
			m = Max(row)
		} else {
			for _, v := range row[1:] {
				if v > m {
					m = v
				}
			}
		}
		loss[i] = m - row[class]
		for c := range row {
			row[c] -= m
		}
	}
	Exp(z, z)
	for i, class := range y {
		row := z[i*k : i*k+k]
		sum := 0.0
		for _, v := range row[:class] {
			sum += v
		}
		for _, v := range row[class+1:] {
			sum += v
		}
		// A class with the highest score has e⁰ = 1 itself; any other one has a loss
		// of log 2 at least.
		if loss[i] == 0 {
			loss[i] = math.Log1p(sum)
			sum++
		} else {
			sum += row[class]
			loss[i] += math.Log(sum)
		}
		inverse := 1 / sum
		for c := range row {
			row[c] *= inverse
		}
	}
}

// LogSumExp returns log Σ e^x[i] as [Softmax] does; scratch must be at least as
// long as x, may be x, and is overwritten.
func LogSumExp(scratch, x []float64) float64 {
	if len(x) == 0 {
		return math.Inf(-1)
	}
	m, s := expDifferences(scratch, x)
	return m + math.Log(s)
}

// expDifferences sets dst to e^(x−max x) and returns max x and the sum of dst.
func expDifferences(dst, x []float64) (largest, sum float64) {
	dst = dst[:len(x)]
	reads(x)
	writes(dst)
	m, s := Max(x), 0.0
	for lo := 0; lo < len(x); lo += expBlock {
		hi := min(lo+expBlock, len(x))
		s += expSum(dst[lo:hi], x[lo:hi], m)
	}
	return m, s
}

// RBF turns a row of inner products into a row of the Gaussian kernel:
//
//	row[j] = exp(−gamma·max(0, si + sj[j] − 2·row[j])),
//
// si and sj being the squared norms of the vectors whose products row holds. The
// clamp takes away what cancellation leaves below zero.
func RBF(row, sj []float64, si, gamma float64) {
	sj = sj[:len(row)]
	reads(sj)
	writes(row)
	for lo := 0; lo < len(row); lo += expBlock {
		hi := min(lo+expBlock, len(row))
		rbf(row[lo:hi], sj[lo:hi], si, -gamma)
	}
}
