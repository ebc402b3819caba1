package plots

import (
	"fmt"
	"image"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/sapwood-ml/sapwood/dataset"
)

// gridCells is how many predictions a picture of a plane takes per axis.
const gridCells = 240

// grid is a part of the plane of features i and j, in cells.
type grid struct {
	i, j                   int
	xMin, xMax, yMin, yMax float64
}

// newGrid returns the grid that has all samples of ds well inside.
func newGrid(ds *dataset.Classification, i, j int) (g grid, err error) {
	if err := checkPlane(ds, i, j); err != nil {
		return g, err
	}
	if i == j {
		return g, fmt.Errorf("plots: the plane of feature %d and itself: %w", i, dataset.ErrShape)
	}
	g.i, g.j = i, j
	if g.xMin, g.xMax, err = paddedRange(ds, i); err != nil {
		return g, err
	}
	g.yMin, g.yMax, err = paddedRange(ds, j)
	return g, err
}

// paddedRange returns the range of feature j with a margin of 8 % on either side.
func paddedRange(ds *dataset.Classification, j int) (low, high float64, err error) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range mat.Col(nil, j, ds.X) {
		if !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	if low > high {
		return 0, 0, fmt.Errorf("plots: feature %d has no values: %w", j, dataset.ErrEmpty)
	}
	margin := 0.08 * (high - low)
	if margin == 0 {
		margin = max(1e-3*math.Abs(low), 1e-3)
	}
	return low - margin, high + margin, nil
}

// x and y are the features of the cell that is so many from the left or the top.
func (g grid) x(cell int) float64 {
	return g.xMin + (g.xMax-g.xMin)*(float64(cell)+0.5)/gridCells
}

func (g grid) y(cell int) float64 {
	return g.yMax - (g.yMax-g.yMin)*(float64(cell)+0.5)/gridCells
}

// rows returns a row of features per cell, line by line from the top. Features other
// than i and j are at their means over ds.
func (g grid) rows(ds *dataset.Classification) *mat.Dense {
	_, features := ds.X.Dims()
	cells := mat.NewDense(gridCells*gridCells, features, nil)
	centre := make([]float64, features)
	for f := range centre {
		total, n := 0.0, 0.0
		for _, v := range mat.Col(nil, f, ds.X) {
			if !math.IsNaN(v) {
				total += v
				n++
			}
		}
		centre[f] = total / max(n, 1)
	}
	for down := range gridCells {
		for right := range gridCells {
			row := cells.RawRowView(down*gridCells + right)
			copy(row, centre)
			row[g.i], row[g.j] = g.x(right), g.y(down)
		}
	}
	return cells
}

// newPlot returns a plot of the grid over the picture, which has a pixel per cell.
func (g grid) newPlot(ds *dataset.Classification, picture image.Image) *plot.Plot {
	p := newPlot("", featureName(ds.Schema, g.i), featureName(ds.Schema, g.j))
	p.X.Padding, p.Y.Padding = 0, 0
	p.Add(plotter.NewImage(picture, g.xMin, g.yMin, g.xMax, g.yMax))
	return p
}
