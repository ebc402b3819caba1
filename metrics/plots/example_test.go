package plots_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/metrics/plots"
)

func ExampleScatter() {
	p, err := plots.Scatter(dataset.Iris(), 2, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	p.Title.Text = "Iris" // it is an ordinary gonum plot

	file := filepath.Join(os.TempDir(), "iris.png")
	defer os.Remove(file)
	fmt.Println(plots.Save(p, 640, 480, file), p.X.Label.Text)
	// Output: <nil> petal length (cm)
}

func ExampleROC() {
	truth := []int{0, 0, 1, 1}
	curve, err := metrics.ROCCurve(truth, []float64{0.1, 0.4, 0.35, 0.8})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := plots.ROC([]string{"logistic"}, curve)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.X.Label.Text, "/", p.Y.Label.Text)
	// Output: false positive rate / true positive rate
}

// A tree is drawn through an interface of built-in types.
func ExampleTree() {
	p, err := plots.Tree(stump{}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	img, err := plots.Image(p, 320, 240)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(img.Bounds().Size())
	// Output: (320,240)
}

type stump struct{}

func (stump) DiagramNode(i int) (lines []string, class int, strength float64, left, right int) {
	if i == 0 {
		return []string{"petal length ≤ 2.45"}, -1, 0, 1, 2
	}
	return []string{[]string{"setosa", "other"}[i-1]}, i - 1, 1, -1, -1
}
