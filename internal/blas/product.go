package blas

import (
	"runtime"
	"sync/atomic"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// A product is C = alpha·A·B + beta·C, or the triangle of it that part names: what
// all of level 3 comes down to.
//
// It is computed as Van Zee and van de Geijn describe ("BLIS: A Framework for
// Rapidly Instantiating BLAS Functionality", 2015, §3): blocks of up to blockK
// rows of B and of blockRows rows of A are packed into panels as wide as the register
// tile of [simd.Gemm]. Two things differ. Operands that are read few times, or
// that are small, are used where they lie, and so are rows of A. And the partition of C into tasks and
// of k into blocks never changes what is computed for an element of C: a chain of
// fused multiply-adds over each block of k, the blocks added in order. So the
// result is the same to the bit for every number of workers, and for every
// instruction set that has a fused multiply-add.
type product struct {
	m, n, k     int
	alpha, beta float64
	a, b        operand
	c           []float64
	ldc         int
	part        part
	step        int // length of the blocks of k
}

// An operand is a matrix as it is stored.
type operand struct {
	data   []float64
	rs, cs int // element (i, j) is data[i*rs+j*cs]; one of the two is 1
	shape  shape
}

func (o operand) transposed() operand {
	if o.shape == general {
		o.rs, o.cs = o.cs, o.rs
	}
	return o
}

// from returns the operand that starts at row i and column j; o must be general.
func (o operand) from(i, j int) operand {
	o.data = o.data[i*o.rs+j*o.cs:]
	return o
}

// newOperand describes op(X) for a matrix stored by rows.
func newOperand(transposed bool, x []float64, ldx int) operand {
	if transposed {
		return operand{data: x, rs: 1, cs: ldx}
	}
	return operand{data: x, rs: ldx, cs: 1}
}

// A part says which elements of C are computed.
type part int

const (
	whole part = iota
	upper      // j ≥ i
	lower      // j ≤ i
)

const (
	// blockK bounds the length of the chains of multiply-adds, at every level.
	blockK = 384
	// blockRows × blockK elements of A stay in the second-level cache.
	blockRows = 192
	// Up to superBlocks blocks of superN columns of B are packed at once: 19 MB.
	superBlocks, superN = 4, 1536
	// smallVolume is the number of multiply-adds below which packing does not pay.
	smallVolume = 100 * 100 * 100
	// parallelVolume is the number of multiply-adds from which a second worker pays.
	parallelVolume = 1 << 22
	// narrow is the extent of C up to which an operand is read too few times for
	// packing it to pay.
	narrow = 48
	// rowGrain is a common multiple of all tiles' heights, columnGrain of widths.
	rowGrain, columnGrain = 24, 24
)

// compute runs the product. alpha and k are not 0.
func (p *product) compute() {
	workers := 1
	if p.volume() >= parallelVolume {
		workers = runtime.GOMAXPROCS(0)
	}
	p.computeOn(workers)
}

// volume is the number of multiply-adds.
func (p *product) volume() int {
	if p.part != whole {
		return p.m * p.n * p.k / 2
	}
	return p.m * p.n * p.k
}

func (p *product) computeOn(workers int) {
	if p.isLong() {
		j := takeJob(p)
		j.computeLong(workers)
		giveJob(j)
		return
	}
	p.step = evenly(p.k, blockK)
	volume := p.volume()
	directA := p.a.shape == general && (volume <= smallVolume || p.n <= narrow)
	directB := p.b.shape == general && p.b.cs == 1 && (volume <= smallVolume || p.m <= narrow)
	if directA && workers == 1 && (directB || volume <= smallVolume) {
		p.computeInPlace(directB)
		return
	}
	j := takeJob(p)
	j.directA, j.directB = directA, directB
	j.computeBlocks(workers)
	giveJob(j)
}

// computeInPlace uses A, and B if it is direct, where they lie.
func (p *product) computeInPlace(directB bool) {
	var packedB []float64
	var j *job
	_, tileColumns := simd.GemmTile()
	if !directB {
		j = jobs.take()
		j.b = grow(j.b, (p.n+tileColumns)*p.step)
		packedB = j.b
	}
	for k0 := 0; k0 < p.k; k0 += p.step {
		k := min(p.step, p.k-k0)
		if !directB {
			pack(packedB, p.b.transposed(), 0, p.n, k0, k, tileColumns)
		}
		p.block(nil, 0, packedB, nil, 0, p.m, 0, p.n, k0, k)
	}
	if !directB {
		jobs.give(j)
	}
}

// evenly returns the length of the parts when n is cut into as few of at most the
// given length as will do. All lengths but that of a whole n are multiples of 8.
func evenly(n, length int) int {
	if n <= length {
		return n
	}
	return roundUp(ceilDiv(n, ceilDiv(n, length)), 8)
}

// betaAt returns what C is multiplied by when the block of k that starts at k0 is
// added.
func (p *product) betaAt(k0 int) float64 {
	if k0 == 0 {
		return p.beta
	}
	return 1
}

// block adds to C's rows [i0, i1) and columns [j0, j1) the products over k in
// [k0, k0+k). packedA holds the rows' panels, of a height that is a multiple of a
// tile's, and packedB the columns'; where nil, the operand is used where it lies.
// Meanwhile ahead is fetched or, where it is empty, the next panel of B.
func (p *product) block(packedA []float64, height int, packedB, ahead []float64, i0, i1, j0, j1, k0, k int) {
	tileRows, tileColumns := simd.GemmTile()
	// A panel of B comes from afar: the next is fetched evenly while this one is used.
	rows := ceilDiv(i1-i0, tileRows)
	next := spread(ahead, rows*ceilDiv(j1-j0, tileColumns))
	for j := j0; j < j1; j += tileColumns {
		b := panelOfB{ld: tileColumns}
		if packedB != nil {
			b.data = packedB[(j-j0)*k:]
			if len(ahead) == 0 && j+2*tileColumns <= j1 {
				next = spread(b.data[tileColumns*k:2*tileColumns*k], rows)
			}
		} else {
			b.ld = p.b.rs
			b.data = p.b.data[k0*b.ld+j:]
		}
		p.panel(packedA, height, b, &next, i0, i1, j, min(tileColumns, j1-j), k0, k)
	}
}

// A panelOfB is a panel of B and how far its rows are apart.
type panelOfB struct {
	data []float64
	ld   int
	// Where packed is not nil, the first tile, which is then a whole one, copies the
	// panel there and sets state.
	packed []float64
	state  *atomic.Uint32
}

// panel is block for n columns from column j on.
func (p *product) panel(packedA []float64, height int, b panelOfB, next *fetcher, i0, i1, j, n, k0, k int) {
	tileRows, tileColumns := simd.GemmTile()
	beta := p.betaAt(k0)
	for i := i0; i < i1; i += tileRows {
		m := min(tileRows, i1-i)
		ahead, step := next.deal(k)
		if p.outside(i, m, j, n) {
			continue
		}
		var a []float64
		rsa, csa := 1, height
		if packedA != nil {
			inside := (i - i0) % height
			a = packedA[(i-i0-inside)*k+inside:]
		} else {
			rsa, csa = p.a.rs, p.a.cs
			a = p.a.data[i*rsa+k0*csa:]
		}
		c := p.c[i*p.ldc+j:]
		switch {
		case b.packed != nil:
			simd.GemmPack(k, p.alpha, a, rsa, csa, b.data, b.ld, beta, c, p.ldc, b.packed, ahead, step)
			b.state.Store(isPacked)
			b = panelOfB{data: b.packed, ld: tileColumns}
		case p.part == whole || p.inside(i, m, j, n):
			simd.GemmAhead(m, n, k, p.alpha, a, rsa, csa, b.data, b.ld, beta, c, p.ldc, ahead, step)
		default:
			p.diagonalTile(i, m, j, n, k, a, rsa, csa, b, beta, ahead, step)
		}
	}
}

// A fetcher deals out what comes next to tiles, which fetch it while they are computed.
type fetcher struct {
	data  []float64
	share int // elements for each tile
	// Where it is not 0, data is rows so far apart of which share elements are wanted,
	// and a tile is given a cache line of each row. So many tiles that come later are
	// dealt after.
	stride, tiles int
	after         []float64
}

// cacheLine is the number of elements of a cache line.
const cacheLine = 8

// spread deals data evenly to so many tiles.
func spread(data []float64, tiles int) fetcher {
	if tiles <= 0 {
		return fetcher{}
	}
	return fetcher{data: data, share: roundUp(ceilDiv(len(data), tiles), cacheLine)}
}

// deal returns what a tile with k steps fetches, and the step.
func (f *fetcher) deal(k int) (x []float64, step int) {
	if f.stride != 0 {
		return f.dealLines()
	}
	n := min(f.share, len(f.data))
	x, f.data = f.data[:n], f.data[n:]
	return x, min(cacheLine, ceilDiv(n, k))
}

// dealLines is deal for rows that are apart.
func (f *fetcher) dealLines() (x []float64, step int) {
	x, step = f.data, f.stride
	f.data = f.data[min(cacheLine, len(f.data)):]
	f.share -= cacheLine
	if f.share <= 0 || len(f.data) == 0 {
		*f = spread(f.after, f.tiles)
	}
	return x, step
}

// outside says that no element of the tile is in p's part.
func (p *product) outside(i, m, j, n int) bool {
	return p.part == upper && j+n-1 < i || p.part == lower && j > i+m-1
}

// inside says that all elements of the tile are.
func (p *product) inside(i, m, j, n int) bool {
	return p.part == upper && j >= i+m-1 || p.part == lower && j+n-1 <= i
}

// rowRange returns which elements [lo, hi) of row i of a tile that starts at
// column j are in p's part.
func (p *product) rowRange(i, j, n int) (lo, hi int) {
	switch p.part {
	case upper:
		return min(max(i-j, 0), n), n
	case lower:
		return 0, max(min(i-j+1, n), 0)
	}
	return 0, n
}

// diagonalTile computes a tile that the diagonal crosses: what is on the other side of
// it is neither read nor written. The columns that it crosses are computed aside, and
// of the others those that are in p's part in place.
func (p *product) diagonalTile(i, m, j, n, k int, a []float64, rsa, csa int, b panelOfB, beta float64, ahead []float64, step int) {
	crossed, after := max(i-j, 0), min(i-j+m, n)
	from, to := after, n
	if p.part == lower {
		from, to = 0, crossed
	}
	if from < to {
		simd.Gemm(m, to-from, k, p.alpha, a, rsa, csa, b.data[from:], b.ld, beta, p.c[i*p.ldc+j+from:], p.ldc)
	}
	j, n = j+crossed, after-crossed
	c := p.c[i*p.ldc+j:]
	var scratch [8 * 24]float64
	tile := scratch[:m*n]
	if beta != 0 {
		for r := range m {
			lo, hi := p.rowRange(i+r, j, n)
			if lo < hi {
				copy(tile[r*n+lo:r*n+hi], c[r*p.ldc+lo:r*p.ldc+hi])
			}
		}
	}
	simd.GemmAhead(m, n, k, p.alpha, a, rsa, csa, b.data[crossed:], b.ld, beta, tile, n, ahead, step)
	for r := range m {
		lo, hi := p.rowRange(i+r, j, n)
		if lo < hi {
			copy(c[r*p.ldc+lo:r*p.ldc+hi], tile[r*n+lo:r*n+hi])
		}
	}
}
