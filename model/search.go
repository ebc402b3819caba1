package model

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/sapwood-ml/sapwood/dataset"
)

// SearchResult is what [Search] found out about its candidates, F being the type
// of their parameters.
type SearchResult[F any] struct {
	Best       F         // the candidate with the best mean score, of equally good ones the first
	BestIndex  int       // its index
	Candidates []F       // as they were given
	Mean       []float64 // mean score per candidate
	Scores     [][]float64
	Samples    []int // samples that each candidate was last judged by: all, but under successive halving
}

// Search cross-validates each candidate, a set of parameters, on the same folds
// and returns their scores, of which larger is better; see [Scorer.Negated] for
// those that are to be small. Nil folds mean KFold{}.
// All fits of all candidates run in parallel. The winner is not refitted: call
// Best.Fit, on data of your choice.
//
//	candidates := model.Grid2([]float64{0.1, 1, 10}, []bool{false, true}, func(c float64, balanced bool) linear.Logistic {
//		return linear.Logistic{C: c, Balanced: balanced}
//	})
//	found, err := model.Search(ctx, candidates, train, model.KFold{Seed: 1}, metrics.Accuracy)
//	fit, err := found.Best.Fit(ctx, train)
//
// [PipeEach] puts a transformer before each candidate. The best score is an
// optimistic estimate, being the best of many; judge the
// winner on samples that the search has not seen. A score that is NaN counts as
// the worst. Progress is reported as "search".
func Search[F Fitter[T, M], T dataset.Target, M Predictor[T], S Score[T]](ctx context.Context, candidates []F, ds *dataset.Dataset[T], folds Splitter, score S) (*SearchResult[F], error) {
	if len(candidates) == 0 {
		return nil, &ParamError{Field: "candidates", Value: "empty", Want: "at least one"}
	}
	scorers, divisions, err := judging(ds, folds, score)
	if err != nil {
		return nil, err
	}
	k := len(divisions)
	flat := make([]float64, len(candidates)*k)
	if err := each(ctx, "search", len(flat), func(ctx context.Context, i int) error {
		r, err := validateFold[T, M](ctx, candidates[i/k], ds, divisions[i%k], false, scorers)
		if err != nil {
			return fmt.Errorf("candidate %d, fold %d: %w", i/k, i%k, err)
		}
		flat[i] = r.test[0]
		return nil
	}); err != nil {
		return nil, err
	}
	found := &SearchResult[F]{Candidates: candidates}
	for scores := range slices.Chunk(flat, k) {
		sum := 0.0
		for _, s := range scores {
			sum += s
		}
		found.Scores = append(found.Scores, slices.Clip(scores))
		found.Mean = append(found.Mean, sum/float64(k))
		found.Samples = append(found.Samples, ds.Len())
	}
	for i := range candidates {
		if better(found.Mean[i], found.Mean[found.BestIndex]) {
			found.BestIndex = i
		}
	}
	found.Best = candidates[found.BestIndex]
	return found, nil
}

// better reports whether score a is better than b, NaN being worst.
func better(a, b float64) bool { return a > b || !math.IsNaN(a) && math.IsNaN(b) }

// Halving is how [SearchHalving] divides its effort.
type Halving struct {
	Factor  int    // of the candidates one in Factor survives a round, on Factor times the samples; 0 means 3
	Samples int    // of the first round; 0 means so many that the last round has all
	Seed    uint64 // of the choice of samples
}

// SearchHalving is [Search] by successive halving: all candidates are judged on
// a part of the samples, the best again on a larger one, and so on up to all
// samples. It takes about the time of a search over a few candidates. Source:
// K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and
// hyperparameter optimization", AISTATS 2016.
func SearchHalving[F Fitter[T, M], T dataset.Target, M Predictor[T], S Score[T]](ctx context.Context, candidates []F, ds *dataset.Dataset[T], folds Splitter, score S, halving Halving) (*SearchResult[F], error) {
	factor := halving.Factor
	if factor == 0 {
		factor = 3
	}
	if factor < 2 {
		return nil, &ParamError{Field: "Factor", Value: halving.Factor, Want: "at least 2"}
	}
	if err := ds.ValidateMissing(); err != nil {
		return nil, err
	}
	n := ds.Len()
	if halving.Samples < 0 || halving.Samples > n {
		return nil, &ParamError{Field: "Samples", Value: halving.Samples, Want: fmt.Sprintf("from 1 to %d", n)}
	}
	share := func(of int) int { return 1 + (of-1)/factor } // rounded up, and no sum overflows
	samples := halving.Samples
	if samples == 0 {
		samples = n
		for left := len(candidates); left > 1; left = share(left) {
			samples = share(samples)
		}
		samples = min(n, max(samples, 20))
	}
	result := &SearchResult[F]{
		Candidates: candidates, Mean: make([]float64, len(candidates)),
		Scores: make([][]float64, len(candidates)), Samples: make([]int, len(candidates)),
	}
	left := sequence(0, len(candidates))
	for round := uint64(0); ; round++ {
		part := ds
		if samples < n {
			part, _ = ds.Split(float64(samples)/float64(n), rand.NewPCG(halving.Seed, round).Uint64())
		}
		chosen := make([]F, len(left))
		for i, c := range left {
			chosen[i] = candidates[c]
		}
		found, err := Search(ctx, chosen, part, folds, score)
		if err != nil {
			return nil, err
		}
		for i, c := range left {
			result.Mean[c], result.Scores[c], result.Samples[c] = found.Mean[i], found.Scores[i], part.Len()
		}
		if len(left) == 1 || part.Len() == n {
			result.BestIndex = left[found.BestIndex]
			result.Best = candidates[result.BestIndex]
			return result, nil
		}
		slices.SortStableFunc(left, func(a, b int) int {
			switch {
			case better(result.Mean[a], result.Mean[b]):
				return -1
			case better(result.Mean[b], result.Mean[a]):
				return 1
			}
			return 0
		})
		left = left[:share(len(left))]
		slices.Sort(left)
		if len(left) == 1 || samples > n/factor {
			samples = n // the winner's score is that on all samples
		} else {
			samples *= factor
		}
	}
}

// Grid returns a candidate per value.
func Grid[A, F any](as []A, candidate func(A) F) []F {
	var all []F
	for _, a := range as {
		all = append(all, candidate(a))
	}
	return all
}

// Grid2 returns a candidate per pair of values, the second changing fastest.
func Grid2[A, B, F any](as []A, bs []B, candidate func(A, B) F) []F {
	var all []F
	for _, a := range as {
		for _, b := range bs {
			all = append(all, candidate(a, b))
		}
	}
	return all
}

// Grid3 returns a candidate per triple of values, the last changing fastest.
func Grid3[A, B, C, F any](as []A, bs []B, cs []C, candidate func(A, B, C) F) []F {
	var all []F
	for _, a := range as {
		for _, b := range bs {
			for _, c := range cs {
				all = append(all, candidate(a, b, c))
			}
		}
	}
	return all
}

// Random returns n candidates that candidate draws with rng.
func Random[F any](n int, seed uint64, candidate func(rng *rand.Rand) F) []F {
	rng := rand.New(rand.NewPCG(seed, 0))
	var all []F
	for range n {
		all = append(all, candidate(rng))
	}
	return all
}

// LogUniform draws a number from low to high, both positive, whose logarithm is
// uniformly distributed.
func LogUniform(rng *rand.Rand, low, high float64) float64 {
	return low * math.Pow(high/low, rng.Float64())
}
