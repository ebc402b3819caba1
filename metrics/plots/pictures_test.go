package plots_test

import (
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/metrics/plots"
)

var (
	update = flag.Bool("update", false, "write the pictures to testdata")
	out    = flag.String("out", "", "write the pictures at full size to this directory, to be looked at")
)

// pictures are the plots that are compared with those in testdata.
var pictures = map[string]func(t *testing.T) (*plot.Plot, error){
	"scatter": func(t *testing.T) (*plot.Plot, error) { return plots.Scatter(dataset.Iris(), 2, 3) },
	"regions": func(t *testing.T) (*plot.Plot, error) {
		iris := petals(t)
		p, err := plots.DecisionRegions(soft{centroids(iris)}, iris, 0, 1)
		if err != nil {
			return nil, err
		}
		return p, plots.Mark(p, "support vector", iris, 0, 1, 70, 77, 83, 106, 119, 133)
	},
	"regions_flat": func(t *testing.T) (*plot.Plot, error) {
		return plots.DecisionRegions(centroids(petals(t)), petals(t), 1, 0)
	},
	"contours": func(t *testing.T) (*plot.Plot, error) {
		return plots.DecisionContours(well{2}, petals(t), 0, 1)
	},
	"panels": func(t *testing.T) (*plot.Plot, error) {
		var panels []*plot.Plot
		for _, pair := range [][2]int{{0, 1}, {2, 3}, {0, 2}, {1, 3}, {0, 3}} {
			p, err := plots.Scatter(dataset.Iris(), pair[0], pair[1])
			if err != nil {
				return nil, err
			}
			p.Legend = plot.NewLegend()
			panels = append(panels, p)
		}
		panels[1].Title.Text = "petals"
		return plots.Panels(3, panels...)
	},
	"confusion": func(t *testing.T) (*plot.Plot, error) {
		iris := dataset.Iris()
		labels, err := centroids(iris).Predict(iris.X)
		if err != nil {
			return nil, err
		}
		m, err := metrics.Confusion(iris.Y, labels, iris.Classes...)
		if err != nil {
			return nil, err
		}
		return plots.Confusion(m)
	},
	"confusion_many": func(t *testing.T) (*plot.Plot, error) {
		var truth, predicted []int
		var names []string
		for k := range 20 {
			names = append(names, fmt.Sprintf("a class called %d", k))
			for i := range 50 + 90*(k%3) {
				truth = append(truth, k)
				predicted = append(predicted, (k+i%7/5*i)%20)
			}
		}
		m, err := metrics.Confusion(truth, predicted, names...)
		if err != nil {
			return nil, err
		}
		return plots.Confusion(m)
	},
	"tree": func(t *testing.T) (*plot.Plot, error) { return plots.Tree(irisTree, 0) },
	"roc": func(t *testing.T) (*plot.Plot, error) {
		truth, good, poor := twoScores()
		a, err := metrics.ROCCurve(truth, good)
		if err != nil {
			return nil, err
		}
		b, err := metrics.ROCCurve(truth, poor)
		if err != nil {
			return nil, err
		}
		return plots.ROC([]string{"logistic", "tree"}, a, b)
	},
	"precision_recall": func(t *testing.T) (*plot.Plot, error) {
		truth, good, poor := twoScores()
		a, err := metrics.PrecisionRecallCurve(truth, good)
		if err != nil {
			return nil, err
		}
		b, err := metrics.PrecisionRecallCurve(truth, poor)
		if err != nil {
			return nil, err
		}
		return plots.PrecisionRecall([]string{"logistic", "tree"}, a, b)
	},
	"calibration": func(t *testing.T) (*plot.Plot, error) {
		truth, good, poor := twoScores()
		a, err := metrics.CalibrationCurve(truth, good, 8)
		if err != nil {
			return nil, err
		}
		b, err := metrics.CalibrationCurve(truth, poor, 8)
		if err != nil {
			return nil, err
		}
		return plots.Calibration([]string{"logistic", "tree"}, a, b)
	},
	"predicted_actual": func(t *testing.T) (*plot.Plot, error) { return plots.PredictedActual(regression()) },
	"residuals":        func(t *testing.T) (*plot.Plot, error) { return plots.Residuals(regression()) },
	"importances": func(t *testing.T) (*plot.Plot, error) {
		return plots.Importances(dataset.Wine().Features, []float64{0.12, 0.03, 0.012, 0.027, 0.03, 0.05, 0.16, 0.01, 0.02, 0.15, 0.08, 0.13, 0.17}, 10)
	},
	"scree": func(t *testing.T) (*plot.Plot, error) {
		return plots.Scree([]float64{0.362, 0.192, 0.111, 0.071, 0.066, 0.049, 0.042, 0.027})
	},
	"score_boxes": func(t *testing.T) (*plot.Plot, error) {
		return plots.ScoreBoxes([]string{"logistic", "tree", "SVM", "forest"},
			[]float64{0.967, 1, 0.933, 0.967, 0.9}, []float64{0.9, 0.967, 0.933, 0.867, 1},
			[]float64{0.967, 0.967, 1, 0.933, 1}, []float64{0.933, 0.967, 0.933, 0.9, 0.967})
	},
	"silhouette": func(t *testing.T) (*plot.Plot, error) {
		iris := dataset.Iris()
		widths, err := metrics.SilhouetteSamples(t.Context(), iris.X, iris.Y)
		if err != nil {
			return nil, err
		}
		return plots.SilhouetteBars(widths, iris.Y)
	},
	"elbow": func(t *testing.T) (*plot.Plot, error) {
		return plots.Elbow([]int{1, 2, 3, 4, 5, 6, 7, 8}, []float64{681.4, 152.3, 78.9, 57.2, 46.4, 39.0, 34.3, 30.1}, "inertia")
	},
	"learning_curve": func(t *testing.T) (*plot.Plot, error) {
		return plots.LearningCurve([]int{20, 40, 60, 80, 100, 120},
			[][]float64{{1, 1, 1}, {0.99, 1, 0.98}, {0.98, 0.99, 0.97}, {0.97, 0.98, 0.98}, {0.97, 0.98, 0.97}, {0.97, 0.975, 0.97}},
			[][]float64{{0.7, 0.8, 0.75}, {0.85, 0.9, 0.8}, {0.88, 0.93, 0.9}, {0.94, 0.93, 0.95}, {0.95, 0.93, 0.96}, {0.96, 0.94, 0.95}})
	},
	"validation_curve": func(t *testing.T) (*plot.Plot, error) {
		return plots.ValidationCurve("C", []float64{0.001, 0.01, 0.1, 1, 10, 100},
			[][]float64{{0.6, 0.7}, {0.8, 0.85}, {0.9, 0.92}, {0.97, 0.97}, {0.99, 0.98}, {1, 1}},
			[][]float64{{0.6, 0.65}, {0.75, 0.85}, {0.88, 0.92}, {0.95, 0.97}, {0.96, 0.95}, {0.9, 0.95}})
	},
	"coefficient_paths": func(t *testing.T) (*plot.Plot, error) {
		alphas, coef := make([]float64, 60), mat.NewDense(60, 12, nil)
		for i := range alphas {
			alphas[i] = math.Pow(10, 2-float64(i)/12)
			for j := range 12 {
				start := 2 - 0.3*float64(j)
				reach := (12 - float64(j)) * math.Pow(-1, float64(j))
				coef.Set(i, j, reach*max(0, 1-alphas[i]/math.Pow(10, start)))
			}
		}
		return plots.CoefficientPaths(alphas, coef, dataset.Wine().Features[:12])
	},
	"components": func(t *testing.T) (*plot.Plot, error) {
		iris := dataset.Iris()
		projected, _, ratio := principal(t, iris.X)
		return plots.Components(projected, ratio, iris.Y, iris.Classes)
	},
	"biplot": func(t *testing.T) (*plot.Plot, error) {
		iris := dataset.Iris()
		projected, components, ratio := principal(t, iris.X)
		return plots.Biplot(projected, components, ratio, iris.Y, iris.Classes, iris.Features)
	},
}

// twoScores are two probabilities of class 1, a good one and a poor one.
func twoScores() (truth []int, good, poor []float64) {
	random := rand.New(rand.NewPCG(1, 1))
	for i := range 200 {
		truth = append(truth, i%2)
		signal := 2*float64(i%2) - 1
		good = append(good, 1/(1+math.Exp(-1.5*(signal+random.NormFloat64()))))
		poor = append(poor, 1/(1+math.Exp(-2*(0.5*signal+random.NormFloat64()))))
	}
	return truth, good, poor
}

func regression() (truth, predicted []float64) {
	random := rand.New(rand.NewPCG(2, 1))
	for range 150 {
		v := 150 + 60*random.NormFloat64()
		truth = append(truth, v)
		predicted = append(predicted, 50+0.66*v+25*random.NormFloat64())
	}
	return truth, predicted
}

// principal is the first two principal components.
func principal(t *testing.T, x *mat.Dense) (projected, components *mat.Dense, ratio []float64) {
	t.Helper()
	n, p := x.Dims()
	centred := mat.DenseCopyOf(x)
	for j := range p {
		mean := stat.Mean(mat.Col(nil, j, x), nil)
		for i := range n {
			centred.Set(i, j, centred.At(i, j)-mean)
		}
	}
	var svd mat.SVD
	if !svd.Factorize(centred, mat.SVDThin) {
		t.Fatal("no decomposition")
	}
	var v mat.Dense
	svd.VTo(&v)
	projected, components = &mat.Dense{}, mat.DenseCopyOf(v.Slice(0, p, 0, 2).T())
	total := 0.0
	for _, s := range svd.Values(nil) {
		total += s * s
	}
	for k := range 2 {
		// The sign of a component is a matter of the implementation.
		if row := components.RawRowView(k); mat.Max(components.RowView(k)) < -mat.Min(components.RowView(k)) {
			for j := range row {
				row[j] = -row[j]
			}
		}
		s := svd.Values(nil)[k]
		ratio = append(ratio, s*s/total)
	}
	projected.Mul(centred, components.T())
	return projected, components, ratio
}

// centroids is a classifier by the nearest class mean.
type centroidModel struct{ means *mat.Dense }

func centroids(ds *dataset.Classification) centroidModel {
	_, p := ds.X.Dims()
	means, counts := mat.NewDense(len(ds.Classes), p, nil), make([]float64, len(ds.Classes))
	for i, k := range ds.Y {
		counts[k]++
		for j, v := range ds.X.RawRowView(i) {
			means.Set(k, j, means.At(k, j)+v)
		}
	}
	means.Apply(func(k, _ int, v float64) float64 { return v / counts[k] }, means)
	return centroidModel{means}
}

func (m centroidModel) distances(row []float64) []float64 {
	k, _ := m.means.Dims()
	d := make([]float64, k)
	for i := range d {
		for j, v := range m.means.RawRowView(i) {
			d[i] += (row[j] - v) * (row[j] - v)
		}
	}
	return d
}

func (m centroidModel) Predict(x mat.Matrix) ([]int, error) {
	n, _ := x.Dims()
	labels := make([]int, n)
	for i := range labels {
		d := m.distances(mat.Row(nil, i, x))
		for k := range d {
			if d[k] < d[labels[i]] {
				labels[i] = k
			}
		}
	}
	return labels, nil
}

// soft is centroidModel with probabilities.
type soft struct{ centroidModel }

func (m soft) PredictProba(x mat.Matrix) (*mat.Dense, error) {
	n, _ := x.Dims()
	k, _ := m.means.Dims()
	proba := mat.NewDense(n, k, nil)
	for i := range n {
		total := 0.0
		row := proba.RawRowView(i)
		for j, d := range m.distances(mat.Row(nil, i, x)) {
			row[j] = math.Exp(-d)
			total += row[j]
		}
		for j := range row {
			row[j] /= total
		}
	}
	return proba, nil
}

// well decides by how near a row is to its middle.
type well struct{ radius float64 }

func (w well) Decision(x mat.Matrix) (*mat.Dense, error) {
	n, _ := x.Dims()
	d := mat.NewDense(n, 1, nil)
	for i := range n {
		d.Set(i, 0, w.radius-math.Hypot(x.At(i, 0)-4, 2*(x.At(i, 1)-1)))
	}
	return d, nil
}

// petals is Iris with its last two features.
func petals(t *testing.T) *dataset.Classification {
	t.Helper()
	iris := dataset.Iris()
	n, _ := iris.X.Dims()
	ds, err := dataset.New(mat.DenseCopyOf(iris.X.Slice(0, n, 2, 4)), iris.Y)
	if err != nil {
		t.Fatal(err)
	}
	ds.Features, ds.Classes = iris.Features[2:], iris.Classes
	return ds
}

// node and diagram describe a tree as a model would.
type node struct {
	lines       []string
	class       int
	strength    float64
	left, right int
}

type diagram []node

func (d diagram) DiagramNode(i int) ([]string, int, float64, int, int) {
	n := d[i]
	return n.lines, n.class, n.strength, n.left, n.right
}

var irisTree = diagram{
	{[]string{"petal length ≤ 2.45", "150 samples", "gini 0.667"}, 0, 0, 1, 2},
	{[]string{"setosa", "50 samples"}, 0, 1, -1, -1},
	{[]string{"petal width ≤ 1.75", "100 samples", "gini 0.5"}, 1, 0, 3, 4},
	{[]string{"petal length ≤ 4.95", "54 samples", "gini 0.168"}, 1, 0.86, 5, 6},
	{[]string{"petal length ≤ 4.85", "46 samples", "gini 0.043"}, 2, 0.97, 7, 8},
	{[]string{"versicolor", "48 samples"}, 1, 0.97, -1, -1},
	{[]string{"virginica", "6 samples"}, 2, 0.5, -1, -1},
	{[]string{"virginica", "3 samples"}, 2, 0.5, -1, -1},
	{[]string{"virginica", "43 samples"}, 2, 1, -1, -1},
}

// Each picture is drawn at 640×480 and compared, at half that size and in few colours to keep the files
// small, with the one in testdata. Rounding may differ between
// platforms, so a mean difference of one part in two hundred is let pass: one word of text more or less
// is enough to exceed it.
func TestPictures(t *testing.T) {
	for name, draw := range pictures {
		t.Run(name, func(t *testing.T) {
			p, err := draw(t)
			if err != nil {
				t.Fatal(err)
			}
			picture, err := plots.Image(p, 640, 480)
			if err != nil {
				t.Fatal(err)
			}
			if *out != "" {
				if err := plots.Save(p, 640, 480, filepath.Join(*out, name+".png")); err != nil {
					t.Fatal(err)
				}
			}
			got, file := shrink(picture), filepath.Join("testdata", name+".png")
			if *update {
				writePNG(t, file, got)
			}
			if d := difference(got, readPNG(t, file)); d > 0.005 {
				t.Errorf("the picture differs from %s by %.4f of full scale on average", file, d)
			}
		})
	}
}

// shrink halves a picture in size and keeps 4 bits of each colour.
func shrink(img image.Image) image.Image {
	size := img.Bounds().Size()
	small := image.NewNRGBA(image.Rect(0, 0, size.X/2, size.Y/2))
	for y := range size.Y / 2 {
		for x := range size.X / 2 {
			var sum [3]uint32
			for _, at := range []image.Point{{2 * x, 2 * y}, {2*x + 1, 2 * y}, {2 * x, 2*y + 1}, {2*x + 1, 2*y + 1}} {
				r, g, b, _ := img.At(at.X, at.Y).RGBA()
				sum[0], sum[1], sum[2] = sum[0]+r, sum[1]+g, sum[2]+b
			}
			part := func(v uint32) uint8 { return uint8(v/4>>12) * 17 }
			small.SetNRGBA(x, y, color.NRGBA{part(sum[0]), part(sum[1]), part(sum[2]), 255})
		}
	}
	return small
}

func writePNG(t *testing.T, file string, img image.Image) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, img); err != nil {
		t.Fatal(err)
	}
}

func readPNG(t *testing.T, file string) image.Image {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// difference is the mean absolute difference of the colours, from 0 to 1.
func difference(a, b image.Image) float64 {
	if a.Bounds().Size() != b.Bounds().Size() {
		return 1
	}
	total := 0.0
	size := a.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			r, g, b1, _ := a.At(a.Bounds().Min.X+x, a.Bounds().Min.Y+y).RGBA()
			r2, g2, b2, _ := b.At(b.Bounds().Min.X+x, b.Bounds().Min.Y+y).RGBA()
			total += math.Abs(float64(r)-float64(r2)) + math.Abs(float64(g)-float64(g2)) + math.Abs(float64(b1)-float64(b2))
		}
	}
	return total / (3 * 65535 * float64(size.X*size.Y))
}
