package plots

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// PredictedActual draws each sample at its true value (to the right) and its predicted
// value (upwards). A perfect prediction is on the diagonal.
func PredictedActual(truth, predicted []float64) (*plot.Plot, error) {
	if err := checkSeries("true and predicted values", truth, predicted); err != nil {
		return nil, err
	}
	p := newPlot("", "true value", "predicted value")
	setRange(&p.X, slices.Concat(truth, predicted)...)
	p.Y.Min, p.Y.Max = p.X.Min, p.X.Max
	p.Add(scatterOf(xys(truth, predicted), 0))
	diagonal := reference(plotter.XY{X: p.X.Min, Y: p.X.Min}, plotter.XY{X: p.X.Max, Y: p.X.Max})
	diagonal.Color = ink
	p.Add(diagonal)
	p.Legend.Add("perfect", diagonal)
	return p, nil
}

// Residuals draws the residual of each sample, true minus predicted value, against its
// predicted value. If the model is right, the points lie about zero without form: a bend
// shows what it misses, a funnel that the spread depends on the value.
func Residuals(truth, predicted []float64) (*plot.Plot, error) {
	if err := checkSeries("true and predicted values", truth, predicted); err != nil {
		return nil, err
	}
	residuals, largest := make([]float64, len(truth)), 0.0
	for i, t := range truth {
		residuals[i] = t - predicted[i]
		largest = max(largest, math.Abs(residuals[i]))
	}
	if err := checkSeries("residuals", residuals); err != nil {
		return nil, err
	}
	p := newPlot("", "predicted value", "residual (true − predicted)")
	setRange(&p.X, predicted...)
	setRange(&p.Y, -largest, largest)
	p.Add(scatterOf(xys(predicted, residuals), 0))
	zero := reference(plotter.XY{X: p.X.Min}, plotter.XY{X: p.X.Max})
	zero.Color = ink
	p.Add(zero)
	return p, nil
}
