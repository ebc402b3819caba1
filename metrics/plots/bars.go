package plots

import (
	"cmp"
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sapwood-ml/sapwood/dataset"
)

// Importances draws the importances of features as horizontal bars, the largest at the
// top, only the largest `top` of them if top is positive. Some 30 are readable at 640 by
// 480 pixels. names may be nil.
func Importances(names []string, values []float64, top int) (*plot.Plot, error) {
	if err := checkNames("features", names, len(values)); err != nil {
		return nil, err
	}
	if err := checkSeries("importances", values); err != nil {
		return nil, err
	}
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[b], values[a]) })
	if top > 0 {
		order = order[:min(top, len(order))]
	}
	p := newPlot("", "importance", "")
	var ticks []plot.Tick
	var all []bar
	for rank, feature := range order {
		at := float64(len(order) - 1 - rank)
		all = append(all, bar{from: at - 0.38, to: at + 0.38, value: values[feature]})
		ticks = append(ticks, plot.Tick{Value: at, Label: nameOf(names, feature, "feature")})
	}
	p.Add(bars{all, true, Palette[0]})
	p.Y.Tick.Marker = plot.ConstantTicks(ticks)
	p.Y.Tick.Length, p.Y.Width = 0, 0
	if len(order) > 24 {
		p.Y.Tick.Label.Font.Size = vg.Points(max(3, 9*24/float64(len(order))))
	}
	return p, nil
}

// Scree draws the share of the variance that each principal component explains as bars,
// with their running sum as a line.
func Scree(ratio []float64) (*plot.Plot, error) {
	if err := checkSeries("explained variance ratios", ratio); err != nil {
		return nil, err
	}
	p := newPlot("", "principal component", "share of the variance")
	var all []bar
	var running plotter.XYs
	total := 0.0
	for k, v := range ratio {
		at := float64(k + 1)
		total += v
		all = append(all, bar{from: at - 0.38, to: at + 0.38, value: v})
		running = append(running, plotter.XY{X: at, Y: total})
	}
	each := bars{all, false, Palette[0]}
	line := &plotter.Line{XYs: running, LineStyle: lineStyle(1)}
	line.Dashes = nil
	points := scatterOf(running, 1)
	p.Add(each, line, points)
	p.Legend.Add("each", each)
	p.Legend.Add("sum", line, points)
	p.X.Tick.Marker = wholeTicks{}
	return p, nil
}

// ScoreBoxes draws the scores of several models over the folds of a cross-validation: a
// box from the lower to the upper quartile, a line at the median, whiskers to the
// extremes, and a point per fold. names may be nil.
func ScoreBoxes(names []string, scores ...[]float64) (*plot.Plot, error) {
	if err := checkNames("models", names, len(scores)); err != nil {
		return nil, err
	}
	p := newPlot("", "", "score")
	var ticks []plot.Tick
	for k, folds := range scores {
		if err := checkSeries(fmt.Sprintf("scores of model %d", k), folds); err != nil {
			return nil, err
		}
		p.Add(&scoreBox{at: float64(k), scores: slices.Sorted(slices.Values(folds)), color: colorOf(k)})
		ticks = append(ticks, plot.Tick{Value: float64(k), Label: nameOf(names, k, "model")})
	}
	p.X.Min, p.X.Max = -0.6, float64(len(scores))-0.4
	setRange(&p.Y, p.Y.Min, p.Y.Max)
	p.X.Tick.Marker = plot.ConstantTicks(ticks)
	p.X.Tick.Length = 0
	slantIfCrowded(p, ticks)
	return p, nil
}

// scoreBox is a box plot of sorted scores, with the scores beside each other in their
// order.
type scoreBox struct {
	at     float64
	scores []float64
	color  color.NRGBA
}

// quantile interpolates between the scores.
func (b *scoreBox) quantile(q float64) float64 {
	at := q * float64(len(b.scores)-1)
	low := int(at)
	high := min(low+1, len(b.scores)-1)
	return b.scores[low] + (at-float64(low))*(b.scores[high]-b.scores[low])
}

// DataRange implements plot.DataRanger.
func (b *scoreBox) DataRange() (xMin, xMax, yMin, yMax float64) {
	return b.at, b.at, b.scores[0], b.scores[len(b.scores)-1]
}

// Plot implements plot.Plotter.
func (b *scoreBox) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	left, right, middle := x(b.at-0.3), x(b.at+0.3), x(b.at)
	low, high := y(b.quantile(0.25)), y(b.quantile(0.75))
	line := draw.LineStyle{Color: b.color, Width: vg.Points(1.2)}
	c.StrokeLine2(line, middle, y(b.scores[0]), middle, low)
	c.StrokeLine2(line, middle, high, middle, y(b.scores[len(b.scores)-1]))
	corners := []vg.Point{{X: left, Y: low}, {X: right, Y: low}, {X: right, Y: high}, {X: left, Y: high}}
	c.FillPolygon(mix(b.color, 0.25), corners)
	c.StrokeLines(line, append(corners, corners[0]))
	line.Width = vg.Points(2.5)
	c.StrokeLine2(line, left, y(b.quantile(0.5)), right, y(b.quantile(0.5)))
	for i, score := range b.scores {
		spread := 0.0
		if len(b.scores) > 1 {
			spread = 0.4 * (float64((i*7)%len(b.scores))/float64(len(b.scores)-1) - 0.5)
		}
		c.DrawGlyph(draw.GlyphStyle{Color: ink, Radius: vg.Points(2), Shape: marker{}}, vg.Point{X: x(b.at + spread), Y: y(score)})
	}
}

// SilhouetteBars draws the silhouette width of each sample, by cluster and within it
// from the widest down, with a dashed line at the mean over all. Labels may be any int.
func SilhouetteBars(widths []float64, labels []int) (*plot.Plot, error) {
	if err := checkSeries("silhouette widths", widths); err != nil {
		return nil, err
	}
	if len(labels) != len(widths) {
		return nil, fmt.Errorf("plots: %d labels for %d silhouette widths: %w", len(labels), len(widths), dataset.ErrShape)
	}
	byCluster, total := map[int][]float64{}, 0.0
	for i, l := range labels {
		byCluster[l] = append(byCluster[l], widths[i])
		total += widths[i]
	}
	clusters := make([]int, 0, len(byCluster))
	for l := range byCluster {
		clusters = append(clusters, l)
	}
	slices.Sort(clusters)
	p := newPlot("", "silhouette width", "cluster")
	gap := 0.02 * float64(len(widths))
	top := 0.0
	var ticks []plot.Tick
	for k, l := range slices.Backward(clusters) {
		width := slices.Sorted(slices.Values(byCluster[l]))
		all := make([]bar, len(width))
		for i, v := range width {
			all[i] = bar{from: top + float64(i), to: top + float64(i+1), value: v}
		}
		p.Add(bars{all, true, colorOf(k)})
		ticks = append(ticks, plot.Tick{Value: top + float64(len(width))/2, Label: fmt.Sprint(l)})
		top += float64(len(width)) + gap
	}
	mean := total / float64(len(widths))
	line := reference(plotter.XY{X: mean}, plotter.XY{X: mean, Y: top - gap})
	line.Color = ink
	p.Add(line)
	p.Legend.Add(fmt.Sprintf("mean %.3f", mean), line)
	p.Y.Tick.Marker = plot.ConstantTicks(ticks)
	p.Y.Tick.Length = 0
	return p, nil
}

// bars are rectangles from zero to their values.
type bars struct {
	all        []bar
	horizontal bool
	color      color.NRGBA
}

type bar struct{ from, to, value float64 }

// DataRange implements plot.DataRanger.
func (b bars) DataRange() (xMin, xMax, yMin, yMax float64) {
	from, to := b.all[0].from, b.all[0].to
	low, high := 0.0, 0.0
	for _, r := range b.all {
		from, to = min(from, r.from), max(to, r.to)
		low, high = min(low, r.value), max(high, r.value)
	}
	if b.horizontal {
		return low, high, from, to
	}
	return from, to, low, high
}

// Plot implements plot.Plotter. Bars that touch are filled as one outline, so that no
// seams show.
func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	corner := func(along, value float64) vg.Point {
		if b.horizontal {
			return vg.Point{X: x(value), Y: y(along)}
		}
		return vg.Point{X: x(along), Y: y(value)}
	}
	var outline []vg.Point
	for i, r := range b.all {
		if outline == nil {
			outline = append(outline, corner(r.from, 0))
		}
		outline = append(outline, corner(r.from, r.value), corner(r.to, r.value))
		if i+1 == len(b.all) || b.all[i+1].from != r.to {
			c.FillPolygon(b.color, append(outline, corner(r.to, 0)))
			outline = nil
		}
	}
}

// Thumbnail implements plot.Thumbnailer.
func (b bars) Thumbnail(c *draw.Canvas) {
	c.FillPolygon(b.color, []vg.Point{c.Min, {X: c.Max.X, Y: c.Min.Y}, c.Max, {X: c.Min.X, Y: c.Max.Y}})
}
