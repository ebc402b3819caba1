// Command diabetes predicts a number: the progression of a disease from ten
// measurements of each patient. It compares least squares with ridge and lasso by
// cross-validation, shows what each makes of the features, and draws pictures.
//
//	go run ./examples/diabetes -out pictures
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"text/tabwriter"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/examples/internal/show"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/metrics/plots"
	"github.com/sapwood-ml/sapwood/model"
)

func main() {
	out := flag.String("out", "", "folder for the pictures; none are drawn without it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(show.Progress(ctx), os.Stdout, *out); err != nil {
		fmt.Fprintln(os.Stderr, "diabetes:", err)
		os.Exit(1)
	}
}

// Both choose their penalty by a cross-validation of their own, within the
// training part of each fold: the test part has no say in it.
var (
	ridge = linear.RidgeCV{Alphas: []float64{1e-4, 1e-3, 1e-2, 1e-1, 1}}
	lasso = linear.LassoCV{}
)

func run(ctx context.Context, w io.Writer, out string) error {
	ds := dataset.Diabetes()
	n, p := ds.Dims()
	mean, sd := stat.MeanStdDev(ds.Y, nil)
	fmt.Fprintf(w, "%d patients, %d features; progression of the disease from %g to %g, mean %.0f, sd %.0f\n",
		n, p, floats.Min(ds.Y), floats.Max(ds.Y), mean, sd)

	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\n5-fold cross-validation\tR²\tsd\ttypical error\t")
	if err := compare(ctx, table, ds, "least squares", linear.Regression{}); err != nil {
		return err
	}
	if err := compare(ctx, table, ds, "ridge", ridge); err != nil {
		return err
	}
	if err := compare(ctx, table, ds, "lasso", lasso); err != nil {
		return err
	}
	table.Flush()

	train, test := ds.Split(0.75, 42)
	best, err := coefficients(ctx, w, train)
	if err != nil {
		return err
	}
	predicted, err := best.Predict(test.X)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nThe lasso on the quarter of the patients that it has not seen: R² %.3f, typical error %.1f\n",
		metrics.R2(test.Y, predicted), metrics.RMSE(test.Y, predicted))
	return draw(ctx, w, out, train, test, predicted)
}

// compare writes a row of the table: the scores of an estimator over the folds.
func compare[M model.Predictor[float64]](ctx context.Context, table io.Writer, ds *dataset.Regression, name string, f model.Fitter[float64, M]) error {
	folds := model.KFold{N: 5, Seed: 1}
	r2, err := model.CrossValidate(ctx, f, ds, folds, metrics.R2)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	rmse, err := model.CrossValidate(ctx, f, ds, folds, metrics.RMSE)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	mean, sd := stat.MeanStdDev(r2, nil)
	fmt.Fprintf(table, "%s\t%.3f\t%.3f\t%.1f\t\n", name, mean, sd, stat.Mean(rmse, nil))
	return nil
}

// coefficients prints what each estimator makes of each feature, and returns the
// model of the lasso.
func coefficients(ctx context.Context, w io.Writer, ds *dataset.Regression) (*linear.ElasticNetCVModel, error) {
	plain, err := linear.Regression{}.Inference(ctx, ds)
	if err != nil {
		return nil, err
	}
	shrunk, err := ridge.Fit(ctx, ds)
	if err != nil {
		return nil, err
	}
	selected, err := lasso.Fit(ctx, ds)
	if err != nil {
		return nil, err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\ncoefficient of\tleast squares\t± error\tp value\tridge α=%.3g\tlasso α=%.3g\t\n", shrunk.Alpha, selected.Alpha)
	for j, name := range ds.Features {
		fmt.Fprintf(table, "%s\t%.0f\t%.0f\t%.3f\t%.0f\t%.0f\t\n", name, plain.Coef[j], plain.StandardErrors[j], plain.P[j], shrunk.Coef[j], selected.Coef[j])
	}
	return selected, table.Flush()
}

// draw writes the pictures: the coefficients of the lasso from a strong penalty to
// a weak one, and how its predictions of the test part compare with the truth.
func draw(ctx context.Context, w io.Writer, folder string, train, test *dataset.Regression, predicted []float64) error {
	path, err := linear.Path{}.Fit(ctx, train)
	if err != nil {
		return err
	}
	paths, err := plots.CoefficientPaths(path.Alphas, path.Coef, train.Features)
	if err != nil {
		return err
	}
	residuals, err := plots.Residuals(test.Y, predicted)
	if err != nil {
		return err
	}
	against, err := plots.PredictedActual(test.Y, predicted)
	if err != nil {
		return err
	}
	return show.Save(w, folder,
		show.Picture{File: "path.png", Title: "The lasso takes up one feature after the other", Plot: paths},
		show.Picture{File: "residuals.png", Title: "Residuals of patients not seen", Plot: residuals},
		show.Picture{File: "predicted.png", Title: "Progression of the disease", Plot: against})
}
