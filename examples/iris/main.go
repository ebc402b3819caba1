// Command iris takes a table of flowers, or any CSV, from data to a chosen model:
// it describes the data, cross-validates every kind of classifier, fits the best on a stratified split, reports on the other part, and draws pictures.
//
//	go run ./examples/iris -out pictures
//	go run ./examples/iris -csv my.csv -target column
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"text/tabwriter"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/examples/internal/show"
	"github.com/sapwood-ml/sapwood/metrics"
)

func main() {
	out := flag.String("out", "", "folder for the pictures; none are drawn without it")
	csv := flag.String("csv", "", "CSV file to use instead of Iris")
	target := flag.String("target", "", "column of the CSV file that holds the classes; the last one if empty")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(show.Progress(ctx), os.Stdout, *csv, *target, *out); err != nil {
		fmt.Fprintln(os.Stderr, "iris:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, csv, target, out string) error {
	ds, err := load(csv, target)
	if err != nil {
		return err
	}
	describe(w, ds)
	best, err := compare(ctx, w, ds)
	if err != nil {
		return err
	}
	train, test := ds.Split(0.75, 42)
	fit, err := best.fit(ctx, train)
	if err != nil {
		return err
	}
	predicted, err := fit.Predict(test.X)
	if err != nil {
		return err
	}
	confusion, err := metrics.Confusion(test.Y, predicted, ds.Classes...)
	if err != nil {
		return err
	}
	report, err := metrics.ClassificationReport(test.Y, predicted, ds.Classes...)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nThe best, %s, on the quarter of the samples that it has not seen:\n\n%v\n%v", best.name, confusion, report)
	if out == "" {
		return nil
	}
	return draw(ctx, w, out, ds, best, confusion)
}

func load(csv, target string) (*dataset.Classification, error) {
	if csv == "" {
		if target != "" {
			return nil, errors.New("-target goes with -csv")
		}
		return dataset.Iris(), nil
	}
	// Not every classifier takes missing values: none are read, and an empty cell is an error.
	return dataset.CSV{Target: target, Missing: []string{}}.ReadClassificationFile(csv)
}

// describe prints how many samples each class has and how far features range.
func describe(w io.Writer, ds *dataset.Classification) {
	n, p := ds.Dims()
	fmt.Fprintf(w, "%d samples, %d features, %d classes of %s:\n", n, p, len(ds.Classes), ds.Target)
	for k, count := range dataset.ClassCounts(ds) {
		fmt.Fprintf(w, "  %4d %s\n", count, ds.Classes[k])
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\nfeature\tleast\tmean\tlargest\t")
	for j := range p {
		values := mat.Col(nil, j, ds.X)
		fmt.Fprintf(table, "%s\t%.4g\t%.4g\t%.4g\t\n", ds.Features[j], floats.Min(values), stat.Mean(values, nil), floats.Max(values))
	}
	table.Flush()
}
