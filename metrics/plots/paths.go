package plots

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sapwood-ml/sapwood/dataset"
)

// LearningCurve draws scores on training and validation data against the number of
// training samples: train[i] and validation[i] are the scores over the folds with
// sizes[i] samples. Lines are means, bands one standard deviation to either side. Curves
// that meet at a poor score ask for a richer model, a gap that stays asks for more
// samples or a simpler one.
func LearningCurve(sizes []int, train, validation [][]float64) (*plot.Plot, error) {
	x := make([]float64, len(sizes))
	for i, n := range sizes {
		x[i] = float64(n)
	}
	return scoreBands("training samples", x, train, validation)
}

// ValidationCurve draws scores on training and validation data against the values of a
// parameter, as [LearningCurve] does against the number of samples. The axis is
// logarithmic if all values are positive and the largest is at least 50 times the
// smallest.
func ValidationCurve(parameter string, values []float64, train, validation [][]float64) (*plot.Plot, error) {
	p, err := scoreBands(parameter, values, train, validation)
	if err != nil {
		return nil, err
	}
	if low, high := slices.Min(values), slices.Max(values); low > 0 && high >= 50*low {
		logarithmic(&p.X)
	}
	return p, nil
}

func scoreBands(xName string, x []float64, train, validation [][]float64) (*plot.Plot, error) {
	if err := checkSeries(xName, x); err != nil {
		return nil, err
	}
	p := newPlot("", xName, "score")
	for k, series := range []struct {
		name   string
		scores [][]float64
	}{{"training", train}, {"validation", validation}} {
		if len(series.scores) != len(x) {
			return nil, fmt.Errorf("plots: %s scores at %d points of %d: %w", series.name, len(series.scores), len(x), dataset.ErrShape)
		}
		points := make([]bandPoint, len(x))
		for i, folds := range series.scores {
			if err := checkSeries(series.name+" scores", folds); err != nil {
				return nil, err
			}
			mean, deviation := meanDeviation(folds)
			points[i] = bandPoint{x[i], mean, deviation}
		}
		slices.SortStableFunc(points, func(a, b bandPoint) int { return cmp.Compare(a.x, b.x) })
		if err := addBand(p, k, series.name, points); err != nil {
			return nil, err
		}
	}
	return p, nil
}

type bandPoint struct{ x, mean, deviation float64 }

// addBand adds a line of means with a band of one deviation to either side.
func addBand(p *plot.Plot, k int, name string, points []bandPoint) error {
	var middle, outline plotter.XYs
	for _, b := range points {
		middle = append(middle, plotter.XY{X: b.x, Y: b.mean})
		outline = append(outline, plotter.XY{X: b.x, Y: b.mean + b.deviation})
	}
	for _, b := range slices.Backward(points) {
		outline = append(outline, plotter.XY{X: b.x, Y: b.mean - b.deviation})
	}
	band, err := plotter.NewPolygon(outline)
	if err != nil {
		return fmt.Errorf("plots: %s scores: %w", name, err)
	}
	band.Color = faint(colorOf(k), 0.2)
	band.LineStyle.Width = 0
	line := &plotter.Line{XYs: middle, LineStyle: lineStyle(k)}
	dots := scatterOf(middle, k)
	p.Add(band, line, dots)
	p.Legend.Add(name, line, dots)
	return nil
}

// meanDeviation returns the mean and the standard deviation.
func meanDeviation(v []float64) (mean, deviation float64) {
	for _, s := range v {
		mean += s
	}
	mean /= float64(len(v))
	for _, s := range v {
		deviation += (s - mean) * (s - mean)
	}
	return mean, math.Sqrt(deviation / float64(len(v)))
}

// Elbow draws a value against the number of clusters, such as the inertia of k-means or
// the mean silhouette. The inertia always falls: what to look for is the bend after
// which it falls slowly; of the silhouette it is the maximum.
func Elbow(clusters []int, values []float64, name string) (*plot.Plot, error) {
	x := make([]float64, len(clusters))
	for i, k := range clusters {
		x[i] = float64(k)
	}
	if err := checkSeries(name, x, values); err != nil {
		return nil, err
	}
	points := xys(x, values)
	slices.SortStableFunc(points, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) })
	p := newPlot("", "number of clusters", name)
	p.Add(&plotter.Line{XYs: points, LineStyle: lineStyle(0)}, scatterOf(points, 0))
	p.X.Tick.Marker = wholeTicks{}
	setRange(&p.Y, values...)
	return p, nil
}

// pathsInLegend is how many coefficient paths have a colour and a name of their own.
const pathsInLegend = 7

// CoefficientPaths draws the coefficients of a linear model against the strength of its
// penalty, on a logarithmic axis that runs from strong to weak. coef has a row per value
// of alpha and a column per feature. The 7 features with the largest absolute
// coefficient anywhere are named, the others grey. names may be nil.
func CoefficientPaths(alphas []float64, coef mat.Matrix, names []string) (*plot.Plot, error) {
	if err := checkSeries("alphas", alphas); err != nil {
		return nil, err
	}
	if slices.Min(alphas) <= 0 {
		return nil, fmt.Errorf("plots: an alpha of %v on a logarithmic axis", slices.Min(alphas))
	}
	c, err := denseOf("coefficients", coef)
	if err != nil {
		return nil, err
	}
	rows, features := c.Dims()
	if rows != len(alphas) {
		return nil, fmt.Errorf("plots: coefficients at %d of %d alphas: %w", rows, len(alphas), dataset.ErrShape)
	}
	if err := checkNames("features", names, features); err != nil {
		return nil, err
	}
	paths, largest := make([][]float64, features), make([]float64, features)
	order := make([]int, features)
	for j := range paths {
		paths[j] = mat.Col(nil, j, c)
		order[j] = j
		for _, v := range paths[j] {
			largest[j] = max(largest[j], math.Abs(v))
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(largest[b], largest[a]) })
	p := newPlot("", "penalty alpha", "coefficient")
	p.Add(reference(plotter.XY{X: slices.Min(alphas)}, plotter.XY{X: slices.Max(alphas)}))
	for rank, j := range slices.Backward(order) {
		points := xys(alphas, paths[j])
		slices.SortStableFunc(points, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) })
		line := &plotter.Line{XYs: points, LineStyle: lineStyle(rank)}
		if rank >= pathsInLegend {
			line.LineStyle = draw.LineStyle{Color: pale, Width: vg.Points(0.8)}
		}
		p.Add(line)
	}
	for rank, j := range order[:min(pathsInLegend, features)] {
		p.Legend.Add(nameOf(names, j, "feature"), &plotter.Line{LineStyle: lineStyle(rank)})
	}
	logarithmic(&p.X)
	p.X.Scale = plot.InvertedScale{Normalizer: p.X.Scale}
	return p, nil
}
