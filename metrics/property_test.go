package metrics_test

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/metrics"
)

// near is equality up to the rounding of sums in another order.
func near(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || a == b || math.Abs(a-b) <= 1e-9*max(1, math.Abs(a))
}

// repeat returns v with element i repeated times[i] times.
func repeat[T any](v []T, times []int) []T {
	var r []T
	for i, n := range times {
		for range n {
			r = append(r, v[i])
		}
	}
	return r
}

// drawn is a random problem with whole-number weights that are not all zero.
type drawn struct {
	n, classes       int
	truth, predicted []int
	t, p             []float64
	times            []int
	weights          metrics.Weights
}

func draw(rt *rapid.T) drawn {
	d := drawn{n: rapid.IntRange(1, 30).Draw(rt, "n"), classes: rapid.IntRange(2, 5).Draw(rt, "classes")}
	label := rapid.IntRange(0, d.classes-1)
	value := rapid.Float64Range(-100, 100)
	d.truth = rapid.SliceOfN(label, d.n, d.n).Draw(rt, "truth")
	d.predicted = rapid.SliceOfN(label, d.n, d.n).Draw(rt, "predicted")
	d.t = rapid.SliceOfN(value, d.n, d.n).Draw(rt, "t")
	d.p = rapid.SliceOfN(value, d.n, d.n).Draw(rt, "p")
	d.times = rapid.SliceOfN(rapid.IntRange(0, 3), d.n, d.n).Draw(rt, "times")
	d.times[0]++
	for _, k := range d.times {
		d.weights = append(d.weights, float64(k))
	}
	return d
}

func TestWeightIsRepetition(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := draw(rt)
		truth, predicted := repeat(d.truth, d.times), repeat(d.predicted, d.times)
		for name, score := range labelScores {
			if got, want := score(d.weights)(d.truth, d.predicted), score(nil)(truth, predicted); !near(got, want) {
				rt.Errorf("%s weighted = %v, repeated = %v", name, got, want)
			}
		}
		for name, score := range regressionScores {
			got, want := score(d.weights)(d.t, d.p), score(nil)(repeat(d.t, d.times), repeat(d.p, d.times))
			// A target of one repeated sample has a variance of zero, but not too few samples.
			if !near(got, want) && !math.IsNaN(got) {
				rt.Errorf("%s weighted = %v, repeated = %v", name, got, want)
			}
		}
	})
}

func TestWeightIsRepetitionForProbabilities(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := draw(rt)
		proba := mat.NewDense(d.n, d.classes, nil)
		proba.Apply(func(i, j int, _ float64) float64 {
			return float64(1+(i*7+j*j*3+d.truth[i]*(j%2))%5) / 5
		}, proba)
		for i := range d.n {
			row := proba.RawRowView(i)
			total := 0.0
			for _, v := range row {
				total += v
			}
			for j := range row {
				row[j] /= total
			}
		}
		var rows [][]float64
		for i := range d.n {
			rows = append(rows, proba.RawRowView(i))
		}
		truth, repeated := repeat(d.truth, d.times), denseOf(repeat(rows, d.times))
		for name, score := range map[string]func(w metrics.Weights, truth []int, p mat.Matrix) (float64, error){
			"LogLoss": metrics.Weights.LogLoss,
			"Brier":   metrics.Weights.Brier,
			"TopK":    func(w metrics.Weights, truth []int, p mat.Matrix) (float64, error) { return w.TopK(2, truth, p) },
			"OneVsRest": func(w metrics.Weights, truth []int, p mat.Matrix) (float64, error) {
				return w.ROCAUCOneVsRest(truth, p, metrics.Weighted)
			},
			"OneVsRest micro": func(w metrics.Weights, truth []int, p mat.Matrix) (float64, error) {
				return w.ROCAUCOneVsRest(truth, p, metrics.Micro)
			},
			"OneVsOne": func(w metrics.Weights, truth []int, p mat.Matrix) (float64, error) {
				return w.ROCAUCOneVsOne(truth, p, metrics.Weighted)
			},
			"AveragePrecision": func(w metrics.Weights, truth []int, p mat.Matrix) (float64, error) {
				return w.AveragePrecisionOneVsRest(truth, p, metrics.Macro)
			},
		} {
			got, err := score(d.weights, d.truth, proba)
			want, wantErr := score(nil, truth, repeated)
			if (err == nil) != (wantErr == nil) || !near(got, want) {
				rt.Errorf("%s weighted = %v, %v; repeated = %v, %v", name, got, err, want, wantErr)
			}
		}
	})
}

// Scores do not depend on the order of the samples, and scaling the weights
// changes nothing however large or small they become.
func TestOrderAndScaleOfWeightsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := draw(rt)
		reverse := func(v []int) []int {
			r := make([]int, len(v))
			for i := range v {
				r[len(v)-1-i] = v[i]
			}
			return r
		}
		exponent := rapid.IntRange(-900, 900).Draw(rt, "exponent")
		scaled := make(metrics.Weights, d.n)
		for i, w := range d.weights {
			scaled[d.n-1-i] = math.Ldexp(w, exponent)
		}
		for name, score := range labelScores {
			got, want := score(scaled)(reverse(d.truth), reverse(d.predicted)), score(d.weights)(d.truth, d.predicted)
			if !near(got, want) {
				rt.Errorf("%s = %v reversed with scaled weights, %v before", name, got, want)
			}
		}
	})
}

func TestAreaIsTheProbabilityOfRightOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(rt, "n")
		truth := rapid.SliceOfN(rapid.IntRange(0, 1), n, n).Draw(rt, "truth")
		truth[0], truth[1] = 0, 1
		levels := rapid.SliceOfN(rapid.IntRange(0, 9), n, n).Draw(rt, "levels")
		score := make([]float64, n)
		for i, l := range levels {
			score[i] = float64(l)
		}
		right, pairs := 0.0, 0.0
		for i := range n {
			for j := range n {
				if truth[i] == 1 && truth[j] == 0 {
					pairs++
					if score[i] > score[j] {
						right++
					} else if score[i] == score[j] {
						right += 0.5
					}
				}
			}
		}
		got, err := metrics.ROCAUC(truth, score)
		if err != nil || !near(got, right/pairs) {
			rt.Errorf("AUC = %v, %v; counted %v", got, err, right/pairs)
		}
	})
}

// Nothing panics, whatever the labels, scores and weights.
func TestNothingPanics(t *testing.T) {
	anyFloat := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, 5e-324}))
	anyLabel := rapid.OneOf(rapid.IntRange(-1, 3), rapid.Int())
	rapid.Check(t, func(rt *rapid.T) {
		truth := rapid.SliceOfN(anyLabel, 0, 6).Draw(rt, "truth")
		predicted := rapid.SliceOfN(anyLabel, 0, 6).Draw(rt, "predicted")
		t := rapid.SliceOfN(anyFloat, 0, 6).Draw(rt, "t")
		p := rapid.SliceOfN(anyFloat, 0, 6).Draw(rt, "p")
		weights := metrics.Weights(rapid.SliceOfN(anyFloat, 0, 6).Draw(rt, "weights"))
		if rapid.Bool().Draw(rt, "same lengths") {
			n := min(len(truth), len(predicted), len(t), len(p), len(weights))
			truth, predicted, t, p, weights = truth[:n], predicted[:n], t[:n], p[:n], weights[:n]
		}
		columns := rapid.IntRange(1, 3).Draw(rt, "columns")
		var x mat.Matrix
		if rows := len(p) / columns; rows > 0 {
			x = mat.NewDense(rows, columns, p[:rows*columns])
		}
		for _, score := range clusterScores {
			score(truth, predicted)
		}
		for _, score := range geometryScores {
			score(context.Background(), x, truth)
		}
		for _, w := range []metrics.Weights{nil, weights} {
			for _, score := range labelScores {
				score(w)(truth, predicted)
			}
			for _, score := range regressionScores {
				score(w)(t, p)
			}
			w.ROCCurve(truth, t)
			w.PrecisionRecallCurve(truth, t)
			w.CalibrationCurve(truth, t, 3)
			w.LogLoss(truth, x)
			w.Brier(truth, x)
			w.TopK(2, truth, x)
			for a := metrics.Macro; a <= metrics.Binary; a++ {
				w.ROCAUCOneVsRest(truth, x, a)
				w.ROCAUCOneVsOne(truth, x, a)
				w.AveragePrecisionOneVsRest(truth, x, a)
			}
			if m, err := w.Confusion(truth, predicted); err == nil && len(m.Classes) < 100 {
				if r, _ := m.Counts.Dims(); r < 100 {
					_ = m.String()
				}
			}
			if r, err := w.ClassificationReport(truth, predicted, "a", "b", "c", "d"); err == nil {
				_ = r.String()
			}
		}
	})
}
