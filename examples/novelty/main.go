// Command novelty learns what is usual and finds what is not. A one-class support
// vector machine sees benign tumours only, and tells malignant ones, of which it has
// never seen any, by their being different.
//
//	go run ./examples/novelty -out pictures
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"text/tabwriter"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/examples/internal/show"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/svm"
)

func main() {
	out := flag.String("out", "", "folder for the pictures; none are drawn without it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(show.Progress(ctx), os.Stdout, *out); err != nil {
		fmt.Fprintln(os.Stderr, "novelty:", err)
		os.Exit(1)
	}
}

// The classes of the data set; the machine says 1 to what is like its training data.
const malignant, benign = 0, 1

// A detector is a one-class machine behind a scaler.
type detector = model.PipelineModel[*preprocess.StandardScalerModel, *svm.OneClassModel, int]

func learn(ctx context.Context, usual *dataset.Unlabeled, nu, gamma float64) (*detector, error) {
	machine := svm.OneClass{Nu: nu, Kernel: svm.Kernel{Gamma: gamma}}
	return model.Pipe(preprocess.StandardScaler{}, machine).Fit(ctx, usual)
}

func run(ctx context.Context, w io.Writer, out string) error {
	tumours := dataset.BreastCancer()
	half, rest := tumours.Split(0.5, 1)
	usual, err := ofClass(half, benign)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "Learnt from %d benign tumours, by %d features.\n", usual.Len(), len(tumours.Features))
	fmt.Fprintf(w, "Shown %d others, of which %d are malignant.\n", rest.Len(), dataset.ClassCounts(rest)[malignant])

	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\nν\tsupport vectors\toutside: of those learnt from\tof benign others\tof malignant ones\tAUC\t")
	for _, nu := range []float64{0.02, 0.05, 0.1, 0.2, 0.5} {
		fit, err := learn(ctx, usual.Unlabeled(), nu, 0.005)
		if err != nil {
			return err
		}
		again, err := fit.Predict(usual.X)
		if err != nil {
			return err
		}
		found, err := fit.Predict(rest.X)
		if err != nil {
			return err
		}
		curve, err := rank(fit, rest)
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%g\t%d\t%.1f %%\t%.1f %%\t%.1f %%\t%.3f\t\n", nu, len(fit.Model.Support),
			100*outside(usual.Y, again, benign), 100*outside(rest.Y, found, benign), 100*outside(rest.Y, found, malignant), curve.AUC())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprint(w, "\nν is the share of the usual that may lie outside: the price, in false alarms, of\nfinding more of the unusual.\n")
	return draw(ctx, w, out, usual, rest)
}

// ofClass returns the samples of class k.
func ofClass(ds *dataset.Classification, k int) (*dataset.Classification, error) {
	var rows []int
	for i, class := range ds.Y {
		if class == k {
			rows = append(rows, i)
		}
	}
	return ds.Subset(rows)
}

// outside returns the share of the samples of class k that are found to be unusual.
func outside(truth, inside []int, k int) float64 {
	n, out := 0, 0
	for i, class := range truth {
		if class == k {
			n++
			out += 1 - inside[i]
		}
	}
	return float64(out) / float64(n)
}

// rank returns how well the decision function tells malignant from benign, whatever
// the threshold.
func rank(fit *detector, ds *dataset.Classification) (*metrics.ROC, error) {
	decision, err := fit.Decision(ds.X)
	if err != nil {
		return nil, err
	}
	unusual, isMalignant := make([]float64, ds.Len()), make([]int, ds.Len())
	for i, class := range ds.Y {
		unusual[i], isMalignant[i] = -decision.At(i, 0), 1-class
	}
	return metrics.ROCCurve(isMalignant, unusual)
}
