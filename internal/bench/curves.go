package main

import (
	"fmt"
	"image/color"
	"math"
	"regexp"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sapwood-ml/sapwood/metrics/plots"
)

// A curve is a workload at several sizes.
type curve struct {
	title    string
	workload string
	data     string // its name, with %d for the number of samples
	sizes    []int
}

var curves = []curve{
	{"least squares, p = 100", "ols-200kx100", "regression-%dx100", []int{12_500, 50_000, 200_000}},
	{"logistic regression, p = 50", "logreg-100kx50", "classification-%dx50", []int{6_250, 25_000, 100_000}},
	{"kernel SVM, p = 50", "svc-rbf-10kx50", "classification-%dx50", []int{2_500, 5_000, 10_000, 20_000, 40_000}},
	{"decision tree, p = 20", "tree-100kx20", "classification-%dx20", []int{6_250, 25_000, 100_000}},
	{"forest, p = 20", "forest-50kx20", "classification-%dx20", []int{3_125, 12_500, 50_000}},
	{"boosting, p = 20", "hgb-100kx20", "classification-%dx20", []int{6_250, 25_000, 100_000}},
	{"k-means, K = 50, p = 20", "kmeans-200kx20-50", "blobs-%dx20x50", []int{12_500, 50_000, 200_000}},
	{"PCA, 10 of p = 100", "pca-100kx100-10", "normal-%dx100", []int{6_250, 25_000, 100_000}},
}

// at returns the workload with n samples.
func (c curve) at(n int) (*Workload, error) {
	base, err := findWorkload(c.workload)
	if err != nil {
		return nil, err
	}
	w := *base
	w.Name, w.of, w.Data = c.name(n), base.Name, fmt.Sprintf(c.data, n)
	return &w, nil
}

func (c curve) name(n int) string { return fmt.Sprintf("%s@%d", c.workload, n) }

// curvePairs returns each curve's workloads beside scikit-learn, of those that
// match the expression.
func curvePairs(run string) ([]pair, error) {
	name, err := regexp.Compile(run)
	if err != nil {
		return nil, err
	}
	var pairs []pair
	for _, c := range curves {
		for _, n := range c.sizes {
			w, err := c.at(n)
			if err != nil {
				return nil, err
			}
			if name.MatchString(w.Name) {
				peer := w.peer("sklearn")
				pairs = append(pairs, pair{w, peer, peer.settings()[0]})
			}
		}
	}
	return pairs, nil
}

// drawCurves draws all curves into one picture, with both axes logarithmic, and the
// legend in the place of the last. What the records lack is left out.
func drawCurves(path string, records []record) error {
	found := map[string]record{}
	for _, r := range records {
		if r.Skipped == "" {
			found[r.Workload] = r
		}
	}
	const columns = 3
	var panels []*plot.Plot
	for _, c := range curves {
		var ours, peers plotter.XYs
		for _, n := range c.sizes {
			r, ok := found[c.name(n)]
			if ok {
				ours = append(ours, plotter.XY{X: float64(n), Y: r.OursS})
			}
			if ok && r.Note == "" { // otherwise the peer did not finish
				peers = append(peers, plotter.XY{X: float64(n), Y: r.PeerS})
			}
		}
		p, err := panel(c.title, ours, peers)
		if err != nil {
			return fmt.Errorf("%s: %w", c.title, err)
		}
		panels = append(panels, p)
	}
	panels = append(panels, legend())
	all, err := plots.Panels(columns, panels...)
	if err != nil {
		return err
	}
	all.Title.Text = "Seconds to fit, by number of samples"
	return plots.Save(all, 720, 640, path)
}

// sides are the lines of a panel, in the order in which they are drawn.
var sides = []struct {
	name  string
	color color.Color
	glyph draw.GlyphDrawer
}{
	{"scikit-learn", plots.Palette[1], draw.BoxGlyph{}},
	{"Sapwood", plots.Palette[0], draw.CircleGlyph{}},
}

// panel is the plot of one curve: time of a fit against the number of samples.
func panel(title string, ours, peers plotter.XYs) (*plot.Plot, error) {
	p := plot.New()
	style(p)
	p.Title.Text = title
	if len(ours) == 0 {
		p.HideAxes()
		return p, nil
	}
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker = plot.ConstantTicks(sampleTicks(ours))
	p.Y.Tick.Marker = powersOfTen{}
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.Gray{0xDD}, color.Gray{0xDD}
	p.Add(grid)
	for i, at := range []plotter.XYs{peers, ours} {
		if len(at) == 0 {
			continue
		}
		l, points, err := sideLine(i, at)
		if err != nil {
			return nil, err
		}
		p.Add(l, points)
	}
	// Whole powers of ten, so that every panel has two of them to read its scale by.
	p.Y.Min, p.Y.Max = math.Pow(10, math.Floor(math.Log10(p.Y.Min))), math.Pow(10, math.Ceil(math.Log10(p.Y.Max)))
	return p, nil
}

// sideLine is the line of one of the sides.
func sideLine(i int, at plotter.XYs) (*plotter.Line, *plotter.Scatter, error) {
	l, points, err := plotter.NewLinePoints(at)
	if err != nil {
		return nil, nil, err
	}
	l.Color, points.Color, points.Shape = sides[i].color, sides[i].color, sides[i].glyph
	l.Width, points.Radius = vg.Points(1.8), vg.Points(3)
	return l, points, nil
}

// legend is a plot that has nothing but the legend.
func legend() *plot.Plot {
	p := plot.New()
	style(p)
	p.HideAxes()
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.YOffs = -vg.Points(30)
	p.Legend.Padding = vg.Points(4)
	for i, side := range sides {
		l, points, err := sideLine(i, plotter.XYs{{}, {X: 1, Y: 1}})
		if err == nil {
			p.Legend.Add(side.name, l, points)
		}
	}
	return p
}

func style(p *plot.Plot) {
	sans := func(size float64) font.Font {
		return font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(size)}
	}
	p.Title.TextStyle.Font = sans(12.5)
	p.Title.Padding = vg.Points(8)
	p.Legend.TextStyle.Font = sans(14)
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font = sans(12)
		axis.Tick.Label.Font = sans(10.5)
	}
}

// powersOfTen labels every power of ten.
type powersOfTen struct{}

// Ticks implements plot.Ticker.
func (powersOfTen) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for e := math.Round(math.Log10(low)); e <= math.Round(math.Log10(high)); e++ {
		v := math.Pow(10, e)
		ticks = append(ticks, plot.Tick{Value: max(low, min(high, v)), Label: strconv.FormatFloat(v, 'g', -1, 64)})
	}
	return ticks
}

// sampleTicks are ticks at the sizes measured.
func sampleTicks(at plotter.XYs) []plot.Tick {
	var ticks []plot.Tick
	for _, xy := range at {
		label := fmt.Sprintf("%gk", xy.X/1000)
		ticks = append(ticks, plot.Tick{Value: xy.X, Label: label})
	}
	return ticks
}
