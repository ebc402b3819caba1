package plots

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sapwood-ml/sapwood/dataset"
)

// Mark rings some of the samples that p shows by features i and j, such as the support
// vectors of a model, with their name in the legend:
//
//	p, err := plots.DecisionRegions(fit, ds, 0, 1)
//	err = plots.Mark(p, "support vector", ds, 0, 1, fit.Support...)
//
// rows are their rows in ds. One whose i or j is missing is left out.
func Mark(p *plot.Plot, name string, ds *dataset.Classification, i, j int, rows ...int) error {
	if p == nil {
		return fmt.Errorf("plots: no plot to mark samples in: %w", dataset.ErrEmpty)
	}
	if err := checkPlane(ds, i, j); err != nil {
		return err
	}
	var points plotter.XYs
	for _, r := range rows {
		if r < 0 || r >= ds.Len() {
			return fmt.Errorf("plots: marked sample %d of %d: %w", r, ds.Len(), dataset.ErrShape)
		}
		row := ds.X.RawRowView(r)
		if at := (plotter.XY{X: row[i], Y: row[j]}); !math.IsNaN(at.X) && !math.IsNaN(at.Y) {
			points = append(points, at)
		}
	}
	if len(points) == 0 {
		return nil
	}
	s := &plotter.Scatter{
		XYs:        points,
		GlyphStyle: draw.GlyphStyle{Color: ink, Radius: pointRadius(ds.Len()) + vg.Points(1.8), Shape: ring{}},
	}
	p.Add(s)
	p.Legend.Add(name, s)
	return nil
}
