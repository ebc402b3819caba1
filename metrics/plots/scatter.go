package plots

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/sapwood-ml/sapwood/dataset"
)

// Scatter draws the samples by two features, i to the right and j upwards, with a colour
// and a shape per class. Axes and legend have the names that the data set has. A sample
// whose i or j is missing is left out.
//
// For a picture of principal components or any other map of the data to the plane, put
// the two columns into a data set of their own.
func Scatter(ds *dataset.Classification, i, j int) (*plot.Plot, error) {
	if err := checkPlane(ds, i, j); err != nil {
		return nil, err
	}
	p := newPlot("", featureName(ds.Schema, i), featureName(ds.Schema, j))
	addSamples(p, ds, i, j)
	return p, nil
}

// checkPlane reports what keeps the samples from being drawn by features i and j.
func checkPlane(ds *dataset.Classification, i, j int) error {
	if ds == nil || ds.X == nil {
		return fmt.Errorf("plots: no data set: %w", dataset.ErrEmpty)
	}
	if err := ds.ValidateMissing(); err != nil {
		return err
	}
	for _, feature := range []int{i, j} {
		if _, p := ds.X.Dims(); feature < 0 || feature >= p {
			return fmt.Errorf("plots: feature %d of %d: %w", feature, p, dataset.ErrShape)
		}
	}
	return nil
}

// addSamples adds a plotter and a legend entry per class that occurs.
func addSamples(p *plot.Plot, ds *dataset.Classification, i, j int) {
	var byClass []plotter.XYs
	for sample, k := range ds.Y {
		for k >= len(byClass) {
			byClass = append(byClass, nil)
		}
		row := ds.X.RawRowView(sample)
		if at := (plotter.XY{X: row[i], Y: row[j]}); !math.IsNaN(at.X) && !math.IsNaN(at.Y) {
			byClass[k] = append(byClass[k], at)
		}
	}
	for k, points := range byClass {
		if len(points) == 0 {
			continue
		}
		s := scatterOf(points, k)
		s.GlyphStyle.Radius = pointRadius(len(ds.Y))
		p.Add(s)
		p.Legend.Add(className(ds.Schema, k), scatterOf(nil, k)) // of full size, however small the points
	}
}

func featureName(s dataset.Schema, j int) string {
	if j < len(s.Features) && s.Features[j] != "" {
		return s.Features[j]
	}
	return "feature " + strconv.Itoa(j)
}

func className(s dataset.Schema, k int) string {
	if k < len(s.Classes) && s.Classes[k] != "" {
		return s.Classes[k]
	}
	return "class " + strconv.Itoa(k)
}
