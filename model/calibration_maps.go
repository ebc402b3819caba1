package model

import (
	"math"
	"slices"
	"sort"
)

// platt returns A and B of the most likely sigmoid 1/(1 + exp(A·f + B)), with the
// targets (N₊+1)/(N₊+2) and 1/(N₋+2) that Platt gives labels 1 and 0 in place of
// 1 and 0. It is Newton's method with backtracking, as in Lin, Lin and Weng, on
// scores that are divided by the largest.
func platt(scores []float64, labels []int, weights []float64) (a, b float64) {
	scale, positive, negative := 0.0, 0.0, 0.0
	for i, f := range scores {
		scale = max(scale, math.Abs(f))
		if labels[i] == 1 {
			positive += weights[i]
		} else {
			negative += weights[i]
		}
	}
	if scale == 0 {
		scale = 1
	}
	target := [2]float64{1 / (negative + 2), (positive + 1) / (positive + 2)}
	loss := func(a, b float64) float64 {
		sum := 0.0
		for i, f := range scores {
			z := a*f/scale + b
			// −t·log p − (1−t)·log(1−p), with p = 1/(1 + e^z).
			sum += weights[i] * (softplus(z) - (1-target[labels[i]])*z)
		}
		return sum
	}
	b = math.Log((negative + 1) / (positive + 1))
	value := loss(a, b)
	for range 100 {
		var ga, gb, haa, hab, hbb float64
		for i, f := range scores {
			f /= scale
			p := sigmoid(-(a*f + b))
			d := weights[i] * (target[labels[i]] - p)
			h := weights[i] * p * (1 - p)
			ga += d * f
			gb += d
			haa += h * f * f
			hab += h * f
			hbb += h
		}
		haa += 1e-12 * (1 + haa)
		hbb += 1e-12 * (1 + hbb)
		det := haa*hbb - hab*hab
		da, db := -(hbb*ga-hab*gb)/det, -(haa*gb-hab*ga)/det
		slope := ga*da + gb*db
		if !(slope < -1e-14*(1+math.Abs(value))) {
			break
		}
		step := 1.0
		next := loss(a+da, b+db)
		for step > 1e-10 && !(next <= value+1e-4*step*slope) {
			step /= 2
			next = loss(a+step*da, b+step*db)
		}
		if !(next < value) {
			break
		}
		a, b, value = a+step*da, b+step*db, next
	}
	return a / scale, b
}

func sigmoid(z float64) float64 {
	if z >= 0 {
		return 1 / (1 + math.Exp(-z))
	}
	e := math.Exp(z)
	return e / (1 + e)
}

// softplus returns log(1 + e^z).
func softplus(z float64) float64 { return max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) }

// isotonic returns the least-squares fit of labels by a function of the score
// that never falls, as its values at the ends of the runs where it is constant:
// pool adjacent violators (R. Barlow et al., "Statistical inference under order
// restrictions", 1972).
func isotonic(scores []float64, labels []int, weights []float64) (at, values []float64) {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return scores[order[a]] < scores[order[b]] })
	type block struct{ from, to, mean, weight float64 }
	var blocks []block
	for _, i := range order {
		next := block{scores[i], scores[i], float64(labels[i]), weights[i]}
		for k := len(blocks) - 1; k >= 0 && (blocks[k].mean >= next.mean || blocks[k].to == next.from); k-- {
			last := blocks[k]
			w := last.weight + next.weight
			next = block{last.from, next.to, (last.mean*last.weight + next.mean*next.weight) / w, w}
			blocks = blocks[:k]
		}
		blocks = append(blocks, next)
	}
	for _, b := range blocks {
		at, values = append(at, b.from), append(values, b.mean)
		if b.to > b.from {
			at, values = append(at, b.to), append(values, b.mean)
		}
	}
	return at, values
}

// interpolate is linear between the points (xs, ys) and constant beyond.
func interpolate(xs, ys []float64, x float64) float64 {
	i, found := slices.BinarySearch(xs, x)
	switch {
	case found:
		return ys[i]
	case i == 0:
		return ys[0]
	case i == len(xs):
		return ys[i-1]
	}
	t := (x - xs[i-1]) / (xs[i] - xs[i-1])
	return ys[i-1] + t*(ys[i]-ys[i-1])
}
