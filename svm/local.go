package svm

import (
	"context"
	"math"
)

// local is the problem over the working set: member r is variable set[r].
type local struct {
	stride                       int
	kernel                       []float64 // row by row, as stored in the cache
	f, b, lower, upper, diagonal []float64
	group                        []int
}

// drop forgets the first members.
func (l *local) drop(drop, members int) {
	if drop == 0 || drop >= members {
		return
	}
	for r := drop; r < members; r++ {
		copy(l.kernel[(r-drop)*l.stride:], l.kernel[r*l.stride+drop:r*l.stride+members])
	}
}

// grow adds the members of s.set from have on.
func (l *local) grow(s *solver, have int) {
	if l.stride == 0 {
		l.stride = s.size
		l.kernel = make([]float64, s.size*s.size)
	}
	at := make([]int, len(s.set))    // where in its block
	block := make([]int, len(s.set)) // the number of the block
	for r, t := range s.set {
		at[r] = s.sampleOf(t)
		for block[r] = 0; at[r] >= s.gram.size(s.blocks[block[r]]); block[r]++ {
			at[r] -= s.gram.size(s.blocks[block[r]])
		}
	}
	for r := have; r < len(s.set); r++ {
		row := l.kernel[r*l.stride:]
		for c := range r + 1 {
			v := s.rows[r][block[c]].at(at[c])
			row[c] = v
			l.kernel[c*l.stride+r] = v
		}
	}
}

// solveLocally solves the problem over the working set, leaves the changes in
// delta, and returns the number of steps. gap is the largest violation.
func (s *solver) solveLocally(ctx context.Context, gap float64, maxSteps int) (steps int, err error) {
	l := &s.local
	q := len(s.set)
	for _, v := range []*[]float64{&l.f, &l.b, &l.lower, &l.upper, &l.diagonal, &s.delta} {
		*v = grow(*v, q)
	}
	if cap(l.group) < q {
		l.group = make([]int, q)
	}
	l.group = l.group[:q]
	for r, t := range s.set {
		sample := s.sampleOf(t)
		l.f[r] = s.product[sample] + s.shift[t]
		l.b[r], l.lower[r], l.upper[r] = s.beta[t], s.lower[t], s.upper[t]
		l.diagonal[r] = s.gram.diagonal[s.sample(sample)]
		l.group[r] = s.groupOf(t)
	}
	tol := max(s.tol, 0.1*gap)
	if q == len(s.beta) {
		tol = s.tol
	}
	maxSteps = min(maxSteps, 100*q)
	for steps < maxSteps {
		if steps%1024 == 1023 && ctx.Err() != nil {
			return steps, ctx.Err()
		}
		i, j := l.pair(s.groups, tol)
		if i < 0 || !l.step(i, j) {
			break
		}
		steps++
	}
	for r, t := range s.set {
		s.delta[r] = l.b[r] - s.beta[t]
		s.beta[t] = l.b[r]
	}
	return steps, nil
}

// tau stands for a curvature that is not positive.
const tau = 1e-12

// pair returns the members to change, the first up and the second down: the first
// violates optimality most, the second promises the largest decrease of the
// objective with it. i is −1 where no violation exceeds tol.
func (l *local) pair(groups int, tol float64) (i, j int) {
	i, j = -1, -1
	best := 0.0
	for g := range groups {
		first, least := -1, math.Inf(1)
		for r, f := range l.f {
			if f < least && l.b[r] < l.upper[r] && (groups == 1 || l.group[r] == g) {
				first, least = r, f
			}
		}
		if first < 0 {
			continue
		}
		row := l.kernel[first*l.stride:]
		row = row[:len(l.f)]
		second, most, most2 := -1, math.Inf(-1), 0.0
		for r, f := range l.f {
			if f > least && l.b[r] > l.lower[r] && (groups == 1 || l.group[r] == g) {
				most = max(most, f)
				if gain := (f - least) * (f - least) / l.curvature(first, r, row); gain > most2 {
					second, most2 = r, gain
				}
			}
		}
		if most-least >= tol && second >= 0 && most2 > best {
			i, j, best = first, second, most2
		}
	}
	return i, j
}

func (l *local) curvature(i, j int, row []float64) float64 {
	a := l.diagonal[i] + l.diagonal[j] - 2*row[j]
	if a > 0 {
		return a
	}
	return tau
}

// step moves i up and j down by the same amount, to the minimum or as far as the
// bounds allow. It reports whether anything has changed.
func (l *local) step(i, j int) bool {
	q := len(l.f)
	ki, kj := l.kernel[i*l.stride:][:q], l.kernel[j*l.stride:][:q]
	d := (l.f[j] - l.f[i]) / l.curvature(i, j, ki)
	bi, bj := l.b[i]+d, l.b[j]-d
	roomI, roomJ := l.upper[i]-l.b[i], l.b[j]-l.lower[j]
	if d >= min(roomI, roomJ) {
		d = min(roomI, roomJ)
		bi, bj = l.b[i]+d, l.b[j]-d
		if roomI <= roomJ {
			bi = l.upper[i]
		}
		if roomJ <= roomI {
			bj = l.lower[j]
		}
	}
	if bi == l.b[i] && bj == l.b[j] {
		return false
	}
	l.b[i], l.b[j] = bi, bj
	for r := range l.f {
		l.f[r] += d * (ki[r] - kj[r])
	}
	return true
}
