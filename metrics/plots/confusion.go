package plots

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/metrics"
)

// Confusion draws the confusion matrix as a table: a row per true class, the first at
// the top, a column per predicted class, in each cell the count. The darker a cell, the
// larger its share of its row, so that rare classes show as well as frequent ones. Up to
// some 25 classes are readable at 640 pixels.
func Confusion(m *metrics.ConfusionMatrix) (*plot.Plot, error) {
	if m == nil || m.Counts == nil || m.Counts.IsEmpty() {
		return nil, fmt.Errorf("plots: no confusion matrix: %w", dataset.ErrEmpty)
	}
	k, columns := m.Counts.Dims()
	if k != columns {
		return nil, fmt.Errorf("plots: a confusion matrix of %d×%d: %w", k, columns, dataset.ErrShape)
	}
	for i := range k {
		for j := range k {
			if v := m.Counts.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("plots: %v in row %d, column %d of a confusion matrix: %w", v, i, j, dataset.ErrNotFinite)
			}
		}
	}
	p := newPlot("", "predicted class", "true class")
	p.Add(&confusionCells{counts: m.Counts, shares: m.Normalized(metrics.OfTrue)})
	var right, up []plot.Tick
	for c := range k {
		right = append(right, plot.Tick{Value: float64(c), Label: m.Name(c)})
		up = append(up, plot.Tick{Value: float64(k - 1 - c), Label: m.Name(c)})
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.ConstantTicks(right), plot.ConstantTicks(up)
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Tick.Length, axis.Width, axis.Padding = 0, 0, vg.Points(2)
	}
	slantIfCrowded(p, right)
	return p, nil
}

// slantIfCrowded turns the names below the X axis where side by side they would not fit
// into a picture of 640 pixels.
func slantIfCrowded(p *plot.Plot, names []plot.Tick) {
	const room = vg.Length(360) // points, of 480
	widest := vg.Length(0)
	for _, t := range names {
		widest = max(widest, p.X.Tick.Label.Width(t.Label))
	}
	if widest+vg.Points(6) > room/vg.Length(len(names)) {
		p.X.Tick.Label.Rotation = math.Pi / 4
		p.X.Tick.Label.XAlign = text.XRight
		p.X.Tick.Label.YAlign = text.YCenter
	}
}

// confusionCells draws the cells; class 0 is at the left and at the top.
type confusionCells struct{ counts, shares *mat.Dense }

// DataRange implements plot.DataRanger.
func (m *confusionCells) DataRange() (xMin, xMax, yMin, yMax float64) {
	k, _ := m.counts.Dims()
	return -0.5, float64(k) - 0.5, -0.5, float64(k) - 0.5
}

// Plot implements plot.Plotter.
func (m *confusionCells) Plot(c draw.Canvas, p *plot.Plot) {
	k, _ := m.counts.Dims()
	x, y := p.Transforms(&c)
	width, height := x(1)-x(0), y(1)-y(0)
	style := text.Style{
		Font:    sans(min(13, 0.45*height.Points(), 0.4*width.Points())),
		XAlign:  text.XCenter,
		YAlign:  text.YCenter,
		Handler: p.TextHandler,
	}
	for i := range k {
		for j := range k {
			label := countLabel(m.counts.At(i, j))
			for style.Width(label) > 0.92*width && style.Font.Size > 1 {
				style.Font.Size *= 0.95
			}
		}
	}
	for i := range k {
		for j := range k {
			at := vg.Point{X: x(float64(j)), Y: y(float64(k - 1 - i))}
			tint := mix(Palette[0], m.shares.At(i, j))
			c.FillPolygon(tint, box(at, width, height))
			c.StrokeLines(draw.LineStyle{Color: mix(Palette[0], 0.25), Width: vg.Points(0.5)},
				append(box(at, width, height), box(at, width, height)[0]))
			style.Color = readableOn(tint)
			if m.counts.At(i, j) == 0 {
				style.Color = pale
			}
			c.FillText(style, at, countLabel(m.counts.At(i, j)))
		}
	}
}

// box returns the corners of a rectangle around a point.
func box(at vg.Point, width, height vg.Length) []vg.Point {
	return []vg.Point{
		{X: at.X - width/2, Y: at.Y - height/2}, {X: at.X + width/2, Y: at.Y - height/2},
		{X: at.X + width/2, Y: at.Y + height/2}, {X: at.X - width/2, Y: at.Y + height/2},
	}
}

// countLabel shows a whole number as it is and a fractional weight to three digits.
func countLabel(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e9 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
