// Command curves draws how the cost of work grows with the data, ours beside a
// peer's, into a .png file:
//
//	curves FILE < panels.json
//
// It is what go run ./internal/bench -curves ends with.
package main

import (
	"encoding/json"
	"fmt"
	"image/color"
	"io"
	"math"
	"os"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sapwood-ml/sapwood/metrics/plots"
)

// A curve is a panel of the picture: the seconds of some work at several numbers of
// samples. One that was not measured has no points.
type curve struct {
	Title string      `json:"title"`
	Ours  plotter.XYs `json:"ours"`
	Peer  plotter.XYs `json:"peer"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: curves FILE < panels.json")
		os.Exit(2)
	}
	if err := drawCurves(os.Args[1], os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "curves:", err)
		os.Exit(1)
	}
}

// drawCurves draws all curves into one picture, with both axes logarithmic, and the
// legend in the place of the last.
func drawCurves(path string, in io.Reader) error {
	var curves []curve
	if err := json.NewDecoder(in).Decode(&curves); err != nil {
		return err
	}
	const columns = 3
	var panels []*plot.Plot
	for _, c := range curves {
		p, err := panel(c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Title, err)
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
func panel(c curve) (*plot.Plot, error) {
	p := plot.New()
	style(p)
	p.Title.Text = c.Title
	if len(c.Ours) == 0 {
		p.HideAxes()
		return p, nil
	}
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker = plot.ConstantTicks(sampleTicks(c.Ours))
	p.Y.Tick.Marker = powersOfTen{}
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.Gray{0xDD}, color.Gray{0xDD}
	p.Add(grid)
	for i, at := range []plotter.XYs{c.Peer, c.Ours} {
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
	if p.Y.Min == p.Y.Max {
		p.Y.Max *= 10
	}
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
