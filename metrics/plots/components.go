package plots

import (
	"fmt"
	"image/color"
	"math"
	"reflect"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sapwood-ml/sapwood/dataset"
)

// Components draws samples by their first two principal components, as [Scatter] does by
// features. projected is n×k, k ≥ 2, as a PCA's Transform returns it; ratio holds the
// shares of the variance that the components explain, written on the axes, or is nil; y
// holds the classes, or is nil; classes their names, or is nil.
func Components(projected mat.Matrix, ratio []float64, y []int, classes []string) (*plot.Plot, error) {
	d, err := denseOf("projected samples", projected)
	if err != nil {
		return nil, err
	}
	n, k := d.Dims()
	if k < 2 {
		return nil, fmt.Errorf("plots: %d principal component; two are wanted: %w", k, dataset.ErrShape)
	}
	unlabeled := y == nil
	if unlabeled {
		y = make([]int, n)
	}
	ds := &dataset.Classification{X: d, Y: y, Schema: dataset.Schema{
		Features: make([]string, k), Classes: classes,
	}}
	for j := range 2 {
		ds.Features[j] = fmt.Sprintf("principal component %d", j+1)
		if j < len(ratio) {
			ds.Features[j] += fmt.Sprintf(" (%.1f %%)", 100*ratio[j])
		}
	}
	if err := checkPlane(ds, 0, 1); err != nil {
		return nil, err
	}
	p := newPlot("", ds.Features[0], ds.Features[1])
	if !unlabeled {
		addSamples(p, ds, 0, 1)
		return p, nil
	}
	p.Add(scatterOf(xys(mat.Col(nil, 0, d), mat.Col(nil, 1, d)), 0))
	return p, nil
}

// Biplot is [Components] with an arrow per feature that shows how it enters both
// components: components is k×p with the components in rows, names are those of the p
// features, or nil. The arrows share one scale, by which the longest reaches over three
// quarters of the samples.
func Biplot(projected, components mat.Matrix, ratio []float64, y []int, classes, names []string) (*plot.Plot, error) {
	p, err := Components(projected, ratio, y, classes)
	if err != nil {
		return nil, err
	}
	c, err := denseOf("components", components)
	if err != nil {
		return nil, err
	}
	k, features := c.Dims()
	if k < 2 {
		return nil, fmt.Errorf("plots: %d principal component; two are wanted: %w", k, dataset.ErrShape)
	}
	if err := checkNames("features", names, features); err != nil {
		return nil, err
	}
	longest := 0.0
	for j := range features {
		longest = max(longest, math.Hypot(c.At(0, j), c.At(1, j)))
	}
	if longest == 0 {
		return p, nil
	}
	reach := 0.75 * max(p.X.Max, -p.X.Min, p.Y.Max, -p.Y.Min) / longest
	a := &arrows{}
	for j := range features {
		a.names = append(a.names, nameOf(names, j, "feature"))
		a.x, a.y = append(a.x, reach*c.At(0, j)), append(a.y, reach*c.At(1, j))
	}
	p.Add(a)
	return p, nil
}

// arrows go from the origin and bear names.
type arrows struct {
	names []string
	x, y  []float64
}

// DataRange implements plot.DataRanger.
func (a *arrows) DataRange() (xMin, xMax, yMin, yMax float64) {
	for i := range a.names {
		// Room for the name beyond the tip.
		xMin, xMax = min(xMin, 1.15*a.x[i]), max(xMax, 1.15*a.x[i])
		yMin, yMax = min(yMin, 1.15*a.y[i]), max(yMax, 1.15*a.y[i])
	}
	return xMin, xMax, yMin, yMax
}

// Plot implements plot.Plotter.
func (a *arrows) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := text.Style{Color: ink, Font: sans(9), Handler: p.TextHandler}
	line := draw.LineStyle{Color: ink, Width: vg.Points(1)}
	origin := vg.Point{X: x(0), Y: y(0)}
	for i, name := range a.names {
		tip := vg.Point{X: x(a.x[i]), Y: y(a.y[i])}
		along := tip.Sub(origin)
		length := vg.Length(math.Hypot(float64(along.X), float64(along.Y)))
		if length == 0 {
			continue
		}
		along = along.Scale(1 / length)
		across := vg.Point{X: -along.Y, Y: along.X}
		c.StrokeLine2(line, origin.X, origin.Y, tip.X, tip.Y)
		barb := tip.Sub(along.Scale(vg.Points(6)))
		c.FillPolygon(ink, []vg.Point{tip, barb.Add(across.Scale(vg.Points(2.5))), barb.Sub(across.Scale(vg.Points(2.5)))})
		style.XAlign, style.YAlign = text.XLeft, text.YCenter
		if along.X < 0 {
			style.XAlign = text.XRight
		}
		at := tip.Add(along.Scale(vg.Points(4)))
		under := style.Rectangle(name).Add(at)
		c.FillPolygon(color.NRGBA{0xFF, 0xFF, 0xFF, 0xC0}, []vg.Point{
			under.Min, {X: under.Max.X, Y: under.Min.Y}, under.Max, {X: under.Min.X, Y: under.Max.Y},
		})
		c.FillText(style, at, name)
	}
}

// denseOf returns x as a dense matrix of finite values.
func denseOf(what string, x mat.Matrix) (*mat.Dense, error) {
	if x == nil {
		return nil, fmt.Errorf("plots: %s: no matrix: %w", what, dataset.ErrEmpty)
	}
	if v := reflect.ValueOf(x); v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, fmt.Errorf("plots: %s: no matrix: %w", what, dataset.ErrEmpty)
	}
	r, c := x.Dims()
	if r == 0 || c == 0 {
		return nil, fmt.Errorf("plots: %s: a matrix of %d×%d: %w", what, r, c, dataset.ErrEmpty)
	}
	d := mat.DenseCopyOf(x)
	if err := checkSeries(what, d.RawMatrix().Data); err != nil {
		return nil, err
	}
	return d, nil
}
