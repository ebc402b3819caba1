package svm

import (
	"context"
	"math"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// local is the problem over the working set: member r is variable set[r].
type local struct {
	stride         int
	kernel         []float64 // row by row, as stored in the cache
	memory         *entry    // of kernel
	f, b, diagonal []float64
	// Bounds per group; of members that are not of the group such that they can
	// neither go up nor down.
	lower, upper [2][]float64
	group        []int
	places       [][]int32 // per block: where in it the members are that have samples there
	members      [][]int32 // and which members these are
	samples      []int
	picked       []float64
}

// release recycles the memory of l, which must not be used any more.
func (l *local) release() {
	if l.memory != nil {
		l.memory.recycle()
	}
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
	q := len(s.set)
	if l.stride == 0 {
		// Not a power of two: the rows would contend for the same cache lines.
		l.stride = s.size + 8
		l.memory = newEntry(s.size*l.stride, true)
		l.kernel = l.memory.double
	}
	if s.gram.tiles != nil && s.gram.p <= gatherFrom {
		l.samples = l.samples[:0]
		for _, t := range s.set {
			l.samples = append(l.samples, s.sample(s.sampleOf(t)))
		}
		s.gram.amongTiles(l.samples, have, l.kernel, l.stride)
	} else {
		l.gather(s, have)
	}
	simd.Transpose(q-have, have, l.kernel[have*l.stride:], l.stride, l.kernel[have:], l.stride)
}

// gatherFrom is the number of features from which on reading kernels here and there
// in memory is faster than computing them again.
const gatherFrom = 256

// gather picks the kernels of the members from have on out of their rows.
func (l *local) gather(s *solver, have int) {
	if l.places == nil {
		l.places, l.members = make([][]int32, len(s.blocks)), make([][]int32, len(s.blocks))
	}
	for b := range s.blocks {
		l.places[b], l.members[b] = l.places[b][:0], l.members[b][:0]
	}
	for r, t := range s.set {
		at, b := s.sampleOf(t), 0
		for at >= s.gram.size(s.blocks[b]) {
			at -= s.gram.size(s.blocks[b])
			b++
		}
		l.places[b] = append(l.places[b], int32(at))
		l.members[b] = append(l.members[b], int32(r))
	}
	l.picked = grow(l.picked, len(s.set))
	for r := have; r < len(s.set); r++ {
		row := l.kernel[r*l.stride:][:len(s.set)]
		for b, members := range l.members {
			picked := l.picked[:len(members)]
			s.rows[r][b].pick(picked, l.places[b])
			for i, c := range members {
				row[c] = picked[i]
			}
		}
	}
}

// load takes the members' share of the problem over from s.
func (l *local) load(s *solver) {
	q := len(s.set)
	for _, v := range []*[]float64{&l.f, &l.b, &l.diagonal, &l.lower[0], &l.lower[1], &l.upper[0], &l.upper[1], &s.delta} {
		*v = grow(*v, q)
	}
	l.group = l.group[:0]
	for r, t := range s.set {
		sample := s.sampleOf(t)
		l.f[r] = s.product[sample] + s.shift[t]
		l.b[r] = s.beta[t]
		l.diagonal[r] = s.gram.diagonal[s.sample(sample)]
		own := s.groupOf(t)
		l.group = append(l.group, own)
		for g := range s.groups {
			l.lower[g][r], l.upper[g][r] = math.Inf(1), math.Inf(-1)
		}
		l.lower[own][r], l.upper[own][r] = s.lower[t], s.upper[t]
	}
}

// solveLocally solves the problem over the working set, leaves the changes in
// delta, and returns the number of steps. gap is the largest violation.
func (s *solver) solveLocally(ctx context.Context, gap float64, maxSteps int) (steps int, err error) {
	l := &s.local
	l.load(s)
	q := len(s.set)
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
		first, least := simd.LeastBelow(l.f, l.b, l.upper[g])
		if first < 0 {
			continue
		}
		row := l.kernel[first*l.stride:]
		second, gain, most := simd.BestGain(l.f, l.b, l.lower[g], l.diagonal, row, least, l.diagonal[first], tau)
		if second >= 0 && most-least >= tol && gain > best {
			i, j, best = first, second, gain
		}
	}
	return i, j
}

// step moves i up and j down by the same amount, to the minimum or as far as the
// bounds allow. It reports whether anything has changed.
func (l *local) step(i, j int) bool {
	ki, kj := l.kernel[i*l.stride:], l.kernel[j*l.stride:]
	curvature := l.diagonal[i] + l.diagonal[j] - 2*ki[j]
	if !(curvature > 0) {
		curvature = tau
	}
	g := l.group[i]
	d := (l.f[j] - l.f[i]) / curvature
	bi, bj := l.b[i]+d, l.b[j]-d
	roomI, roomJ := l.upper[g][i]-l.b[i], l.b[j]-l.lower[g][j]
	if d >= min(roomI, roomJ) {
		d = min(roomI, roomJ)
		bi, bj = l.b[i]+d, l.b[j]-d
		if roomI <= roomJ {
			bi = l.upper[g][i]
		}
		if roomJ <= roomI {
			bj = l.lower[g][j]
		}
	}
	if bi == l.b[i] && bj == l.b[j] {
		return false
	}
	l.b[i], l.b[j] = bi, bj
	simd.AxpyDifference(d, ki, kj, l.f)
	return true
}
