package main

import (
	"fmt"
	"image/color"
	"os"
	"regexp"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// A curve is a workload at several sizes.
type curve struct {
	title    string
	workload string
	data     string // its name, with %d for the number of samples
	sizes    []int
}

var curves = []curve{
	{"least squares, 100 features", "ols-200kx100", "regression-%dx100", []int{12_500, 50_000, 200_000}},
	{"logistic regression, 50 features", "logreg-100kx50", "classification-%dx50", []int{6_250, 25_000, 100_000}},
	{"support vector machine, 50 features", "svc-rbf-10kx50", "classification-%dx50", []int{1_250, 5_000, 20_000}},
	{"decision tree, 20 features", "tree-100kx20", "classification-%dx20", []int{6_250, 25_000, 100_000}},
	{"forest of 100 trees, 20 features", "forest-50kx20", "classification-%dx20", []int{3_125, 12_500, 50_000}},
	{"boosting, 100 trees, 20 features", "hgb-100kx20", "classification-%dx20", []int{6_250, 25_000, 100_000}},
	{"k-means, 50 clusters, 20 features", "kmeans-200kx20-50", "blobs-%dx20x50", []int{12_500, 50_000, 200_000}},
	{"PCA, 10 of 100 components", "pca-100kx100-10", "normal-%dx100", []int{6_250, 25_000, 100_000}},
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

// drawCurves draws all curves into one picture, with both axes logarithmic. What
// the records lack is left out.
func drawCurves(path string, records []record) error {
	found := map[string]record{}
	for _, r := range records {
		if r.Skipped == "" {
			found[r.Workload] = r
		}
	}
	const rows, cols = 2, 4
	panels := make([][]*plot.Plot, rows)
	for i, c := range curves {
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
		p, err := panel(c.title, i == 0, ours, peers)
		if err != nil {
			return fmt.Errorf("%s: %w", c.title, err)
		}
		panels[i/cols] = append(panels[i/cols], p)
	}
	canvas := vgimg.NewWith(vgimg.UseWH(cols*6*vg.Centimeter, rows*5.5*vg.Centimeter), vgimg.UseDPI(120))
	tiles := draw.Tiles{Rows: rows, Cols: cols, PadX: 4 * vg.Millimeter, PadY: 4 * vg.Millimeter, PadRight: 3 * vg.Millimeter}
	for i, row := range plot.Align(panels, tiles, draw.New(canvas)) {
		for j, c := range row {
			panels[i][j].Draw(c)
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// panel is the plot of one curve: time of a fit against the number of samples.
func panel(title string, legend bool, ours, peers plotter.XYs) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = title
	p.X.Label.Text = "samples"
	p.Y.Label.Text = "fit, s"
	if len(ours) == 0 {
		return p, nil
	}
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker = plot.ConstantTicks(sampleTicks(ours))
	p.Y.Tick.Marker = plot.LogTicks{Prec: -1}
	p.Add(plotter.NewGrid())
	for _, line := range []struct {
		name  string
		color color.Color
		at    plotter.XYs
	}{
		{"scikit-learn", color.RGBA{R: 0xe6, G: 0x7e, B: 0x22, A: 0xff}, peers},
		{"Sapwood", color.RGBA{R: 0x1e, G: 0x84, B: 0x49, A: 0xff}, ours},
	} {
		if len(line.at) == 0 {
			continue
		}
		l, points, err := plotter.NewLinePoints(line.at)
		if err != nil {
			return nil, err
		}
		l.Color, points.Color, points.Shape = line.color, line.color, draw.CircleGlyph{}
		l.Width = 1.5
		p.Add(l, points)
		if legend {
			p.Legend.Add(line.name, l, points)
		}
	}
	return p, nil
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
