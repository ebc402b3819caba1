package cluster

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// elkan is a lower bound of the distance of each sample to each centre, for the
// samples that Hamerly's bounds do not spare: of most centres it shows that they
// are farther away than the sample's own, or else half their distance to that is
// enough. Few distances are left to compute; where many are, the whole block of
// the search is faster.
//
// A bound is kept as of now plus how far the centre had moved until then, so that
// those of spared samples need no touch while centres move.
type elkan struct {
	*bounds
	lower []float32 // n × K
	half  []float64 // K × K: half the distance of centres
	most  int       // candidates to look at singly
}

func newElkan(b *bounds, k int) *elkan {
	return &elkan{
		bounds: b,
		lower:  make([]float32, b.Len()*k),
		half:   make([]float64, k*k),
		most:   k / 4,
	}
}

// setLower notes that centre c is at least so far from sample i.
func (e *elkan) setLower(i, c int, distance float64) {
	e.lower[i*len(e.path)+c] = float32((distance+e.path[c])*(1-0x1p-23) - 0x1p-126)
}

// settle finds the state of sample i, which bounds has just declined to spare. It
// reports false, and has found nothing, if that takes too many distances.
func (e *elkan) settle(i int, centers *mat.Dense, now state, candidates []int32) (next state, ok bool) {
	k := len(e.path)
	own, upper, _ := e.of(now) // which bounds has tightened
	row, lower, half := e.X.RawRowView(i), e.lower[i*k:][:k], e.half[own*k:][:k]
	candidates = candidates[:0]
	others := math.Inf(1) // lower bound of the distance to those that are no candidates
	for c, v := range lower {
		far := max(float64(v)-e.path[c], 2*half[c]-upper)
		switch {
		case far > upper || c == own:
		case len(candidates) == e.most:
			return 0, false
		default:
			candidates = append(candidates, int32(c))
			continue
		}
		if c != own {
			others = min(others, far)
		}
	}
	slack := relativeError(len(row))
	nearest := own
	first, second := simd.SqDist(row, centers.RawRowView(own)), math.Inf(1)
	e.setLower(i, own, math.Sqrt(first)*e.scale*(1-slack))
	for _, candidate := range candidates {
		c := int(candidate)
		d := simd.SqDist(row, centers.RawRowView(c))
		e.setLower(i, c, math.Sqrt(d)*e.scale*(1-slack))
		if d < first || d == first && c < nearest {
			nearest, first, second = c, d, first
		} else {
			second = min(second, d)
		}
	}
	return e.state(nearest, math.Sqrt(first)*e.scale*(1+slack), min(others, math.Sqrt(second)*e.scale*(1-slack))), true
}

// searchAll is search that also bounds the distance of each sample to each centre.
func (t *search) searchAll(b *block, e *elkan) {
	if len(b.rows) == 0 {
		return
	}
	t.pack(b)
	simd.NoNearest(&b.best, &b.second)
	p, k := len(t.mean), len(e.path)
	var scores [simd.NearestGroup * simd.NearestTile]float32
	var least [simd.NearestTile]float64 // squared distances are at least least − 2·score
	for s := range b.rows {
		square := float64(b.norms[s])
		least[s] = square - 2*t.scoreError(square) - t.normError()*square
	}
	for g := 0; g < k; g += simd.NearestGroup {
		simd.TileScores(p, b.tile, t.packed[g*p:], t.minusHalf[g:], &scores)
		count := min(simd.NearestGroup, k-g)
		for s, row := range b.rows {
			lower := e.lower[int(row)*k+g:][:count]
			best, second, nearest := b.best[s], b.second[s], b.nearest[s]
			for c, path := range e.path[g:][:count] {
				v := scores[c*simd.NearestTile+s]
				lower[c] = float32((math.Sqrt(max(0, least[s]-2*float64(v)))+path)*(1-0x1p-23) - 0x1p-126)
				if v > best {
					best, second, nearest = v, best, int32(g+c)
				} else if v > second {
					second = v
				}
			}
			b.best[s], b.second[s], b.nearest[s] = best, second, nearest
		}
	}
	t.decide(b)
}
