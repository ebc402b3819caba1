package model

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// CurvePoint is a point of a learning or validation curve.
type CurvePoint struct {
	Samples     int       // to train on, on average over the folds
	Train, Test []float64 // score per fold, on the training and on the test part
}

// LearningCurve tells how the scores of f grow with the number of samples: it
// cross-validates f with each of the given fractions, in (0, 1], of the training
// part of each fold; nil means 0.1, 0.325, 0.55, 0.775 and 1. Parts are drawn with
// the seed, stratified for classification, and tested on the whole test part.
// Nil folds mean KFold{}. Progress is reported as "learning curve".
func LearningCurve[T dataset.Target, M Predictor[T], S Score[T]](ctx context.Context, f Fitter[T, M], ds *dataset.Dataset[T], folds Splitter, fractions []float64, seed uint64, score S) ([]CurvePoint, error) {
	if fractions == nil {
		fractions = []float64{0.1, 0.325, 0.55, 0.775, 1}
	}
	for _, fraction := range fractions {
		if !(fraction > 0 && fraction <= 1) {
			return nil, &ParamError{Field: "fractions", Value: fraction, Want: "above 0 and at most 1"}
		}
	}
	scorers, divisions, err := judging(ds, folds, score)
	if err != nil {
		return nil, err
	}
	k := len(divisions)
	samples := make([]int, len(fractions)*k)
	points, err := curve(ctx, "learning curve", len(fractions), k, func(ctx context.Context, point, fold int) (foldResult[T], error) {
		division := divisions[fold]
		part := ShuffleSplit{N: 1, TestFraction: 1 - fractions[point], Seed: seed + uint64(fold)}
		if fractions[point] < 1 {
			classes, _ := any(ds.Y).([]int)
			chosen, err := part.Folds(len(division.Train), at(classes, division.Train))
			if err != nil {
				return foldResult[T]{}, err
			}
			division.Train = at(division.Train, chosen[0].Train)
		}
		samples[point*k+fold] = len(division.Train)
		return validateFold(ctx, f, ds, division, true, scorers)
	})
	for i := range points {
		for _, n := range samples[i*k : (i+1)*k] {
			points[i].Samples += n
		}
		points[i].Samples = (points[i].Samples + k/2) / k
	}
	return points, err
}

// ValidationCurve tells how the scores change from one candidate to the next: it
// cross-validates each and returns its scores on training and test parts. Nil
// folds mean KFold{}. Progress is reported as "validation curve".
func ValidationCurve[F Fitter[T, M], T dataset.Target, M Predictor[T], S Score[T]](ctx context.Context, candidates []F, ds *dataset.Dataset[T], folds Splitter, score S) ([]CurvePoint, error) {
	scorers, divisions, err := judging(ds, folds, score)
	if err != nil {
		return nil, err
	}
	points, err := curve(ctx, "validation curve", len(candidates), len(divisions), func(ctx context.Context, point, fold int) (foldResult[T], error) {
		return validateFold[T, M](ctx, candidates[point], ds, divisions[fold], true, scorers)
	})
	for i := range points {
		for _, d := range divisions {
			points[i].Samples += len(d.Train)
		}
		points[i].Samples = (points[i].Samples + len(divisions)/2) / len(divisions)
	}
	return points, err
}

// curve validates each fold of each point, in parallel.
func curve[T dataset.Target](ctx context.Context, task string, points, folds int, validate func(ctx context.Context, point, fold int) (foldResult[T], error)) ([]CurvePoint, error) {
	results := make([]foldResult[T], points*folds)
	if err := each(ctx, task, len(results), func(ctx context.Context, i int) error {
		var err error
		if results[i], err = validate(ctx, i/folds, i%folds); err != nil {
			return fmt.Errorf("point %d, fold %d: %w", i/folds, i%folds, err)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	all := make([]CurvePoint, points)
	for i, r := range results {
		p := &all[i/folds]
		p.Train, p.Test = append(p.Train, r.train[0]), append(p.Test, r.test[0])
	}
	return all, nil
}

// at returns the elements of s at the given indices; nil for a nil s.
func at(s, indices []int) []int {
	if s == nil {
		return nil
	}
	chosen := make([]int, len(indices))
	for to, from := range indices {
		chosen[to] = s[from]
	}
	return chosen
}

// Importances tells how much a model relies on each feature.
type Importances struct {
	Score        float64     // of the model on the data as they are
	Drops        [][]float64 // per feature and repetition: how much the score drops when its values are shuffled
	Mean, StdDev []float64   // of the drops, per feature
}

// PermutationImportance shuffles the values of each feature among the samples,
// several times (0 means 5), and tells how much the score of the fitted model
// drops: nearly nothing for a feature that it does not use, or that others stand
// in for. Take samples that the model was not fitted on. Source: L. Breiman,
// "Random forests", Machine Learning 45 (2001), section 10. Progress is reported
// as "permutation importance".
func PermutationImportance[T dataset.Target, S Score[T]](ctx context.Context, m Predictor[T], ds *dataset.Dataset[T], repeats int, seed uint64, score S) (*Importances, error) {
	if repeats == 0 {
		repeats = 5
	}
	if repeats < 1 {
		return nil, &ParamError{Field: "repeats", Value: repeats, Want: "at least 1"}
	}
	if err := ds.ValidateMissing(); err != nil {
		return nil, err
	}
	scorers := []Scorer[T]{scorerOf[T](score)}
	if err := checkScorers(scorers...); err != nil {
		return nil, err
	}
	whole, err := (&performance[T]{model: m, ds: ds}).scores(scorers)
	if err != nil {
		return nil, err
	}
	n, p := ds.Dims()
	found := &Importances{
		Score: whole[0],
		Drops: make([][]float64, p), Mean: make([]float64, p), StdDev: make([]float64, p),
	}
	if err := each(ctx, "permutation importance", p, func(ctx context.Context, j int) error {
		rng := rand.New(rand.NewPCG(seed, uint64(j)))
		shuffled := *ds
		shuffled.X = mat.DenseCopyOf(ds.X)
		values := mat.Col(nil, j, ds.X)
		for range repeats {
			if err := ctx.Err(); err != nil {
				return err
			}
			rng.Shuffle(n, func(a, b int) { values[a], values[b] = values[b], values[a] })
			shuffled.X.SetCol(j, values)
			scores, err := (&performance[T]{model: m, ds: &shuffled}).scores(scorers)
			if err != nil {
				return err
			}
			found.Drops[j] = append(found.Drops[j], found.Score-scores[0])
		}
		found.Mean[j] = stat.Mean(found.Drops[j], nil)
		found.StdDev[j] = math.Sqrt(stat.MomentAbout(2, found.Drops[j], found.Mean[j], nil))
		return nil
	}); err != nil {
		return nil, err
	}
	return found, nil
}
