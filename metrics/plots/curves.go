package plots

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/metrics"
)

// ROC draws the receiver operating characteristics of several models, with the area
// under each in the legend. The diagonal is that of a score without information. names
// may be nil.
func ROC(names []string, curves ...*metrics.ROC) (*plot.Plot, error) {
	if err := checkNames("ROC curves", names, len(curves)); err != nil {
		return nil, err
	}
	p := newPlot("", "false positive rate", "true positive rate")
	p.Add(reference(plotter.XY{}, plotter.XY{X: 1, Y: 1}))
	for k, c := range curves {
		if c == nil {
			return nil, fmt.Errorf("plots: ROC curve %d is nil: %w", k, dataset.ErrEmpty)
		}
		if err := checkSeries("ROC curve", c.FPR, c.TPR); err != nil {
			return nil, err
		}
		line := &plotter.Line{XYs: xys(c.FPR, c.TPR), LineStyle: lineStyle(k)}
		p.Add(line)
		p.Legend.Add(fmt.Sprintf("%s, AUC %.3f", nameOf(names, k, "model"), c.AUC()), line)
	}
	unitSquare(p)
	return p, nil
}

// PrecisionRecall draws the precision-recall curves of several models as steps, with the
// average precision of each in the legend. names may be nil.
func PrecisionRecall(names []string, curves ...*metrics.PR) (*plot.Plot, error) {
	if err := checkNames("precision-recall curves", names, len(curves)); err != nil {
		return nil, err
	}
	p := newPlot("", "recall", "precision")
	for k, c := range curves {
		if c == nil {
			return nil, fmt.Errorf("plots: precision-recall curve %d is nil: %w", k, dataset.ErrEmpty)
		}
		if err := checkSeries("precision-recall curve", c.Recall, c.Precision); err != nil {
			return nil, err
		}
		// The precision at a recall holds down to the next lower recall.
		line := &plotter.Line{XYs: xys(c.Recall, c.Precision), StepStyle: plotter.PostStep, LineStyle: lineStyle(k)}
		p.Add(line)
		p.Legend.Add(fmt.Sprintf("%s, AP %.3f", nameOf(names, k, "model"), c.AveragePrecision()), line)
	}
	unitSquare(p)
	return p, nil
}

// Calibration draws the reliability diagrams of several models: the observed frequency
// of class 1 against its predicted probability. On the diagonal are the calibrated ones;
// below it a model promises too much. names may be nil.
func Calibration(names []string, curves ...*metrics.Calibration) (*plot.Plot, error) {
	if err := checkNames("calibration curves", names, len(curves)); err != nil {
		return nil, err
	}
	p := newPlot("", "predicted probability of class 1", "observed frequency of class 1")
	p.Add(reference(plotter.XY{}, plotter.XY{X: 1, Y: 1}))
	for k, c := range curves {
		if c == nil {
			return nil, fmt.Errorf("plots: calibration curve %d is nil: %w", k, dataset.ErrEmpty)
		}
		if err := checkSeries("calibration curve", c.Predicted, c.Observed); err != nil {
			return nil, err
		}
		line := &plotter.Line{XYs: xys(c.Predicted, c.Observed), LineStyle: lineStyle(k)}
		points := scatterOf(line.XYs, k)
		p.Add(line, points)
		p.Legend.Add(nameOf(names, k, "model"), line, points)
	}
	unitSquare(p)
	return p, nil
}
