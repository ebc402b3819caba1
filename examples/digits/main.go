// Command digits reads handwriting: images of 8 × 8 pixels. It compares classifiers
// of very different kinds by accuracy and time, shows what the best of them
// confuses, and draws pictures.
//
//	go run ./examples/digits -out pictures
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"text/tabwriter"
	"time"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/examples/internal/show"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/svm"
	"github.com/sapwood-ml/sapwood/tree"
)

func main() {
	out := flag.String("out", "", "folder for the pictures; none are drawn without it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(show.Progress(ctx), os.Stdout, *out); err != nil {
		fmt.Fprintln(os.Stderr, "digits:", err)
		os.Exit(1)
	}
}

// scaled puts a step before a classifier that compares or penalises all features alike.
var scaled = preprocess.MinMaxScaler{}

var contenders = []contender{
	contend("decision tree", tree.Classifier{}),
	contend("logistic regression", model.Pipe(scaled, linear.Logistic{})),
	contend("random forest", tree.ForestClassifier{Trees: 200}),
	contend("extra trees", tree.ExtraTreesClassifier{Trees: 200}),
	contend("boosting", tree.BoostingClassifier{}),
	contend("support vector machine", model.Pipe(scaled, svm.Classifier{C: 10})),
}

func run(ctx context.Context, w io.Writer, out string) error {
	ds := dataset.Digits()
	train, test := ds.Split(0.75, 42)
	fmt.Fprintf(w, "%d images of 8 × 8 pixels to learn from, %d others to read:\n\n", train.Len(), test.Len())
	draw(w, test.X.RawRowView(0), test.X.RawRowView(1), test.X.RawRowView(2), test.X.RawRowView(3), test.X.RawRowView(4))

	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\nclassifier\taccuracy\twrong\tfit\tpredict\t")
	var best result
	for _, c := range contenders {
		r, err := c.try(ctx, train, test)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		r.name = c.name
		accuracy := metrics.Accuracy(test.Y, r.labels)
		wrong := int(float64(test.Len())*(1-accuracy) + 0.5)
		fmt.Fprintf(table, "%s\t%.3f\t%d\t%v\t%v\t\n", r.name, accuracy, wrong, r.fit.Round(10*time.Microsecond), r.predict.Round(10*time.Microsecond))
		if best.labels == nil || accuracy > metrics.Accuracy(test.Y, best.labels) {
			best = r
		}
	}
	table.Flush()

	confusion, err := metrics.Confusion(test.Y, best.labels, ds.Classes...)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nThe best, the %s, reads wrongly (at most five are shown):\n\n", best.name)
	var wrong [][]float64
	for i, truth := range test.Y {
		if best.labels[i] != truth && len(wrong) < 5 {
			fmt.Fprintf(w, "%-18s", fmt.Sprintf("a %s as a %s", ds.Classes[truth], ds.Classes[best.labels[i]]))
			wrong = append(wrong, test.X.RawRowView(i))
		}
	}
	fmt.Fprintln(w)
	draw(w, wrong...)
	return pictures(ctx, w, out, ds, confusion, best.name)
}

// draw prints images side by side, a pixel as two characters.
func draw(w io.Writer, images ...[]float64) {
	shades := []rune(" ░▒▓█")
	for row := range 8 {
		for _, image := range images {
			for _, v := range image[8*row : 8*row+8] {
				shade := shades[int(v)*(len(shades)-1)/16]
				fmt.Fprintf(w, "%c%c", shade, shade)
			}
			fmt.Fprint(w, "  ")
		}
		fmt.Fprintln(w)
	}
}

// A contender is a classifier whatever the type of its model.
type contender struct {
	name string
	try  func(ctx context.Context, train, test *dataset.Classification) (result, error)
}

type result struct {
	name         string
	labels       []int
	fit, predict time.Duration
}

func contend[M model.Predictor[int]](name string, f model.Fitter[int, M]) contender {
	return contender{name, func(ctx context.Context, train, test *dataset.Classification) (r result, err error) {
		start := time.Now()
		m, err := f.Fit(ctx, train)
		if err != nil {
			return r, err
		}
		r.fit, start = time.Since(start), time.Now()
		r.labels, err = m.Predict(test.X)
		r.predict = time.Since(start)
		return r, err
	}}
}
