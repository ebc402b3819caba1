package lapack

import "math"

// maxSecular bounds the evaluations for one root. Five are usual; a hundred
// halvings of the bracket reach any root that deflation leaves.
const maxSecular = 250

// A secular is the equation
//
//	f(λ) = 1/ρ + Σⱼ zⱼ²/(dⱼ−λ) = 0
//
// of the eigenvalues of diag(d) + ρ·z·zᵀ, with ρ > 0, d ascending without
// equals and no zⱼ zero. Root i lies in (dᵢ, dᵢ₊₁), the last one in
// (dₖ₋₁, dₖ₋₁+ρ‖z‖²).
type secular struct {
	d, z2  []float64 // dⱼ, zⱼ²
	rhoInv float64   // 1/ρ
	spread float64   // ρ‖z‖²
}

// root finds root i and fills delta with dⱼ−λ, each to high relative accuracy:
// the unknown is the offset τ from the pole nearest to the root. The iteration
// is that of Li (1993, LAPACK Working Note 89): rational interpolation with
// the poles to either side, the nearer one's weight kept ("fixed weight") or,
// when that is slow, each side matched in value and slope ("middle way");
// steps that leave the bracket are replaced by bisection.
func (s *secular) root(i int, delta []float64) (lambda float64, ok bool) {
	k := len(s.d)
	if k == 1 {
		delta[0] = -s.spread
		return s.d[0] + s.spread, true
	}
	// The poles at left and right of the model; for the last root both are
	// left of it.
	left := min(i, k-2)
	last := i == k-1
	gap := s.d[left+1] - s.d[left]

	// Look at the middle of the interval to learn the nearer pole, and start
	// from the root of the two poles with all others as they are there.
	width := gap
	if last {
		width = s.spread
	}
	origin, lo, hi := i, 0.0, width/2
	rest := s.rhoInv
	for j, z2 := range s.z2 {
		if j != left && j != left+1 {
			rest += z2 / ((s.d[j] - s.d[i]) - hi)
		}
	}
	mid := rest + s.z2[left]/((s.d[left]-s.d[i])-hi) + s.z2[left+1]/((s.d[left+1]-s.d[i])-hi)
	switch {
	case mid >= 0:
	case last:
		lo, hi = hi, width
	default:
		origin, lo, hi = i+1, -hi, 0
	}
	p, q := s.d[left]-s.d[origin], s.d[left+1]-s.d[origin]
	a := rest*(p+q) + s.z2[left] + s.z2[left+1]
	b := rest*p*q + s.z2[left]*q + s.z2[left+1]*p
	tau := betweenPoles(a, b, rest, last)
	if !(tau > lo && tau < hi) {
		tau = lo + (hi-lo)/2
	}

	middle, before := false, math.Inf(1)
	for range maxSecular {
		var psi, dpsi, phi, dphi float64
		dOrigin := s.d[origin]
		z2 := s.z2[:k]
		d := s.d[:k]
		for j := 0; j <= left; j++ {
			r := 1 / ((d[j] - dOrigin) - tau)
			t := z2[j] * r
			psi += t
			dpsi += t * r
		}
		for j := k - 1; j > left; j-- {
			r := 1 / ((d[j] - dOrigin) - tau)
			t := z2[j] * r
			phi += t
			dphi += t * r
		}
		f, df := s.rhoInv+psi+phi, dpsi+dphi
		// Below this f is rounding errors, of its terms and of τ.
		noise := 16 * eps * (s.rhoInv + math.Abs(psi) + math.Abs(phi) + math.Abs(tau)*df)
		if math.Abs(f) <= noise {
			return s.finish(origin, tau, delta)
		}
		if f < 0 {
			lo = tau
		} else {
			hi = tau
		}
		if math.Abs(f) > before/10 {
			middle = !middle
		}
		before = math.Abs(f)

		dl, dr := (s.d[left]-dOrigin)-tau, (s.d[left+1]-dOrigin)-tau
		var c float64
		switch {
		case middle || last:
			c = f - dl*dpsi - dr*dphi
		case origin == left:
			c = f - dr*df + gap*(z2[left]/dl)/dl
		default:
			c = f - dl*df - gap*(z2[left+1]/dr)/dr
		}
		step := betweenPoles((dl+dr)*f-dl*dr*df, dl*dr*f, c, last)
		if !(step*f < 0) {
			step = -f / df
		}
		next := tau + step
		if !(next > lo && next < hi) {
			next = lo + (hi-lo)/2
		}
		if next == tau || next <= lo || next >= hi {
			return s.finish(origin, tau, delta) // nothing lies between
		}
		tau = next
	}
	return 0, false
}

// finish writes the distances of the poles from the root.
func (s *secular) finish(origin int, tau float64, delta []float64) (lambda float64, ok bool) {
	if tau == 0 {
		return 0, false
	}
	for j, d := range s.d {
		delta[j] = (d - s.d[origin]) - tau
	}
	return s.d[origin] + tau, true
}

// betweenPoles returns the root of c·x² − a·x + b that lies between the poles
// of the rational function it comes from, or right of both for last.
func betweenPoles(a, b, c float64, last bool) float64 {
	root := math.Sqrt(max(a*a-4*b*c, 0))
	if last {
		root = -root
	}
	if (a > 0) == (root > 0) && a != 0 {
		return 2 * b / (a + root)
	}
	return (a - root) / (2 * c)
}
