package main

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"gonum.org/v1/gonum/stat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/svm"
	"github.com/sapwood-ml/sapwood/tree"
)

// A support vector machine goes by distances, so that features must be of one scale.
var (
	scaled  = preprocess.StandardScaler{}
	machine = svm.Classifier{C: 10}
)

// Every kind of classifier in the library has a line here.
var contenders = []contender{
	contend("logistic regression", linear.Logistic{}),
	contend("linear machine", model.Pipe(scaled, svm.LinearClassifier{})),
	contend("support vector machine", model.Pipe(scaled, machine)),
	contend("decision tree", tree.Classifier{}),
	contend("random forest", tree.ForestClassifier{}),
	contend("extra trees", tree.ExtraTreesClassifier{}),
	contend("boosting", tree.BoostingClassifier{}),
}

// compare cross-validates the contenders and returns the one with the best mean
// accuracy, the first of them if several have it.
func compare(ctx context.Context, w io.Writer, ds *dataset.Classification) (best contender, err error) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\n5-fold cross-validation\taccuracy\tsd\tfit time\t")
	highest := -1.0
	for _, c := range contenders {
		scores, fitTime, err := c.validate(ctx, ds, model.KFold{N: 5, Seed: 1})
		if err != nil {
			return best, fmt.Errorf("%s: %w", c.name, err)
		}
		mean, sd := stat.MeanStdDev(scores, nil)
		fmt.Fprintf(table, "%s\t%.3f\t%.3f\t%v\t\n", c.name, mean, sd, fitTime.Round(time.Microsecond))
		if mean > highest {
			highest, best = mean, c
		}
	}
	return best, table.Flush()
}

// A contender is a classifier whatever the type of its model.
type contender struct {
	name     string
	validate func(context.Context, *dataset.Classification, model.Splitter) (scores []float64, fitTime time.Duration, err error)
	fit      func(context.Context, *dataset.Classification) (model.Predictor[int], error)
}

func contend[M model.Predictor[int]](name string, f model.Fitter[int, M]) contender {
	return contender{
		name: name,
		validate: func(ctx context.Context, ds *dataset.Classification, folds model.Splitter) ([]float64, time.Duration, error) {
			t := timed[M]{f, new(atomic.Int64)}
			scores, err := model.CrossValidate(ctx, t, ds, folds, metrics.Accuracy)
			return scores, time.Duration(t.total.Load()) / time.Duration(max(len(scores), 1)), err
		},
		fit: func(ctx context.Context, ds *dataset.Classification) (model.Predictor[int], error) {
			return f.Fit(ctx, ds)
		},
	}
}

// timed is a Fitter that adds up the time of its fits.
type timed[M any] struct {
	model.Fitter[int, M]
	total *atomic.Int64
}

func (t timed[M]) Fit(ctx context.Context, ds *dataset.Classification) (M, error) {
	defer func(start time.Time) { t.total.Add(int64(time.Since(start))) }(time.Now())
	return t.Fitter.Fit(ctx, ds)
}
