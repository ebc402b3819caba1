package simd

import "math"

// StepsTile returns the height and width of the tile that [GemmSteps] computes at
// the active level: the height divides the width. Below [AVX2] it is plain Go.
func StepsTile() (rows, columns int) {
	if stepsKernel() {
		return GemmTile()
	}
	return 4, 4
}

// StepsAhead is how many elements [GemmSteps] looks at beyond the last step.
const StepsAhead = 8

// GemmSteps adds to a tile of C, of the size that [StepsTile] says, some of the
// rank-one terms of a product of packed panels:
//
//	C[i,j] += s,  s = FMA(a[steps[q]+i], b[steps[q]+j], … FMA(a[steps[0]+i], b[steps[0]+j], 0) …)
//
// and in plain Go without fusing. With a multiple of the panels' width for each step
// whose elements of a are not all zero it is a [Gemm] that saves the other steps: to
// the bit, but for the sign of a zero and NaN and infinities of b that it does not
// meet. There is at least one step; steps has a capacity of [StepsAhead] more, of any
// value. Up to 8·len(steps) elements of ahead are fetched into the second-level cache
// meanwhile.
func GemmSteps(steps []uint16, a, b, c []float64, ldc int, ahead []float64) {
	rows, columns := StepsTile()
	_ = steps[:len(steps)+StepsAhead]
	_ = c[(rows-1)*ldc+columns-1]
	last := int(steps[len(steps)-1])
	_, _ = a[last+rows-1], b[last+columns-1]
	touchGemm(rows, columns, 0, nil, 0, 0, nil, 0, c, ldc)
	gemmSteps(steps, a, b, c, ldc, ahead)
}

// CentreRows packs m rows into a panel as wide as the tile of [GemmSteps]:
//
//	dst[i*width+j] = f·(src[i*lds+j] − mean[j]),  f = factors[i],
//
// adds f times each row of the panel to sums, and sets marks[s*ldm+i] to 0 only if
// the elements of row i are zero in strip s, the strips of a panel being as wide as
// the tile is high. Factors that are nil are all one.
func CentreRows(m int, src []float64, lds int, mean, factors, dst, sums []float64, marks []uint8, ldm int) {
	rows, columns := StepsTile()
	if m <= 0 {
		return
	}
	_ = src[(m-1)*lds+columns-1]
	_, _, _ = mean[columns-1], dst[m*columns-1], sums[columns-1]
	_ = marks[(columns/rows-1)*ldm+m-1]
	if factors != nil {
		_ = factors[m-1]
	}
	centreRows(m, src, lds, mean, factors, dst, sums, marks, ldm)
}

func gemmStepsGo(steps []uint16, a, b, c []float64, ldc int) {
	var tile [4][4]float64
	for _, at := range steps {
		b := b[at:][:4]
		for i, x := range a[at:][:4] {
			for j, y := range b {
				tile[i][j] += float64(x * y)
			}
		}
	}
	for i, sums := range tile {
		for j, s := range sums {
			c[i*ldc+j] += s
		}
	}
}

func centreRowsGo(m int, src []float64, lds int, mean, factors, dst, sums []float64, marks []uint8) {
	for i := range m {
		f := 1.0
		if factors != nil {
			f = factors[i]
		}
		marks[i] = 0
		for j, v := range src[i*lds:][:4] {
			v = f * (v - mean[j])
			dst[4*i+j] = v
			sums[j] = math.FMA(f, v, sums[j])
			if v != 0 {
				marks[i] = 1
			}
		}
	}
}
