package plots

import (
	"fmt"
	"image"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sapwood-ml/sapwood/dataset"
)

// Decider is what DecisionContours needs of a fitted model: a decision function of one
// column, as a one-class support vector machine has, or a classifier of two classes.
type Decider interface {
	Decision(x mat.Matrix) (*mat.Dense, error)
}

// DecisionContours draws the decision function of the model over the plane of features i
// and j, under the samples of ds as [Scatter] draws them: a black line where it is zero,
// thin lines at even steps, and in between a tint that is the stronger the further from
// zero, of the colour of class 1 where it is positive and of class 0 where it is
// negative.
//
// Features other than i and j are held at their means, as by [DecisionRegions], and the
// cost is the same.
func DecisionContours(model Decider, ds *dataset.Classification, i, j int) (*plot.Plot, error) {
	if model == nil {
		return nil, fmt.Errorf("plots: no model: %w", dataset.ErrEmpty)
	}
	g, err := newGrid(ds, i, j)
	if err != nil {
		return nil, err
	}
	h, err := newHeights(g, model, ds)
	if err != nil {
		return nil, fmt.Errorf("plots: decision contours: %w", err)
	}
	p := g.newPlot(ds, h.tints())
	h.addSteps(p)
	addSamples(p, ds, i, j)
	h.addZero(p)
	return p, nil
}

// heights are the values of a decision function on a grid.
type heights struct {
	grid
	values    []float64 // line by line from the top
	low, high float64
	step      float64 // from line to line
}

func newHeights(g grid, model Decider, ds *dataset.Classification) (*heights, error) {
	decision, err := model.Decision(g.rows(ds))
	if err != nil {
		return nil, err
	}
	d, err := denseOf("decision values", decision)
	if err != nil {
		return nil, err
	}
	if n, k := d.Dims(); n != gridCells*gridCells || k != 1 {
		return nil, fmt.Errorf("decision values of %d×%d for %d rows, where one column is wanted: %w", n, k, gridCells*gridCells, dataset.ErrShape)
	}
	h := &heights{grid: g, values: d.RawMatrix().Data, low: mat.Min(d), high: mat.Max(d)}
	h.step = roundStep(h.high-h.low, 7) // some 7 to 17 lines
	return h, nil
}

// tints colours each cell by the band between two lines that its value is in.
func (h *heights) tints() image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, gridCells, gridCells))
	furthest := max(h.high, -h.low)
	for cell, v := range h.values {
		class := 0
		if v >= 0 {
			class = 1
		}
		band := 0.5
		if h.step > 0 {
			band += math.Floor(math.Abs(v) / h.step)
		}
		strength := 0.12 + 0.4*min(1, band*h.step/furthest)
		img.SetNRGBA(cell%gridCells, cell/gridCells, mix(colorOf(class), strength))
	}
	return img
}

// addSteps adds the lines at the steps, with their distance in the legend.
func (h *heights) addSteps(p *plot.Plot) {
	if h.step == 0 {
		return
	}
	var levels []float64
	for k := math.Ceil(h.low / h.step); k <= math.Floor(h.high/h.step); k++ {
		if k != 0 {
			levels = append(levels, k*h.step)
		}
	}
	if len(levels) > 0 {
		h.addLines(p, "steps of "+tickLabel(h.step, h.step), draw.LineStyle{Color: faint(colorOf(6), 0.35), Width: vg.Points(0.6)}, levels...)
	}
}

// addZero adds the line on which the model is undecided. It lies over the samples, which
// would cut it to pieces.
func (h *heights) addZero(p *plot.Plot) {
	if h.low < 0 && h.high > 0 {
		h.addLines(p, "decision = 0", draw.LineStyle{Color: ink, Width: vg.Points(1.6)}, 0)
	}
}

func (h *heights) addLines(p *plot.Plot, name string, style draw.LineStyle, levels ...float64) {
	lines := plotter.NewContour(h, levels, nil)
	lines.LineStyles = []draw.LineStyle{style}
	p.Add(lines)
	p.Legend.Add(name, &plotter.Line{LineStyle: style})
}

// Dims, X, Y and Z implement plotter.GridXYZ, which counts from the bottom.
func (h *heights) Dims() (c, r int)   { return gridCells, gridCells }
func (h *heights) X(c int) float64    { return h.x(c) }
func (h *heights) Y(r int) float64    { return h.y(gridCells - 1 - r) }
func (h *heights) Z(c, r int) float64 { return h.values[(gridCells-1-r)*gridCells+c] }
