package plots

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sapwood-ml/sapwood/dataset"
)

// Panels draws several plots in one picture, row by row, so many to a row. Their axes
// are aligned, each has its own title and legend, in smaller letters and with fewer
// ticks than on a picture of its own, and a nil panel leaves its place empty. The panels
// are not changed. At 640 by 480 pixels there is room for three to a row.
func Panels(columns int, panels ...*plot.Plot) (*plot.Plot, error) {
	if columns < 1 || len(panels) == 0 {
		return nil, fmt.Errorf("plots: %d panels in %d columns: %w", len(panels), columns, dataset.ErrEmpty)
	}
	if columns > 1000 {
		return nil, fmt.Errorf("plots: %d columns of panels, want at most 1000: %w", columns, dataset.ErrShape)
	}
	var rows [][]*plot.Plot
	for i, p := range panels {
		if i%columns == 0 {
			rows = append(rows, make([]*plot.Plot, columns))
		}
		if p != nil {
			rows[i/columns][i%columns] = reduced(*p)
		}
	}
	p := newPlot("", "", "")
	p.HideAxes()
	p.X.Padding, p.Y.Padding = 0, 0
	p.Add(panelRows(rows))
	return p, nil
}

type panelRows [][]*plot.Plot

// Plot implements plot.Plotter.
func (rows panelRows) Plot(c draw.Canvas, _ *plot.Plot) {
	tiles := draw.Tiles{Rows: len(rows), Cols: len(rows[0]), PadX: vg.Points(9), PadY: vg.Points(7)}
	for r, row := range plot.Align(rows, tiles, c) {
		for k, part := range row {
			if p := rows[r][k]; p != nil {
				p.Draw(part)
			}
		}
	}
}

// reduced returns the plot with smaller letters and fewer ticks.
func reduced(p plot.Plot) *plot.Plot {
	p.Title.TextStyle.Font.Size *= 0.8
	p.Title.Padding /= 2
	p.Legend.TextStyle.Font.Size *= 0.8
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font.Size *= 0.8
		axis.Label.Padding /= 2
		axis.Tick.Label.Font.Size *= 0.9
		if (axis.Tick.Marker == roundTicks{}) {
			axis.Tick.Marker = roundTicks{few: true}
		}
	}
	return &p
}
