// Command clusters divides points into groups without being told any: it chooses the
// number of clusters by inertia and silhouette, and shows on points of four shapes
// what k-means, a Gaussian mixture and DBSCAN find.
//
//	go run ./examples/clusters -out pictures
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"text/tabwriter"

	"github.com/sapwood-ml/sapwood/cluster"
	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/examples/internal/show"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/metrics/plots"
)

func main() {
	out := flag.String("out", "", "folder for the pictures; none are drawn without it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(show.Progress(ctx), os.Stdout, *out); err != nil {
		fmt.Fprintln(os.Stderr, "clusters:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, out string) error {
	blobs, err := dataset.MakeBlobs(dataset.Blobs{Samples: 600, Clusters: 4, Seed: 4})
	if err != nil {
		return err
	}
	numbers, err := howMany(ctx, w, blobs)
	if err != nil {
		return err
	}
	shapes, err := whichShape(ctx, w)
	if err != nil {
		return err
	}
	return show.Save(w, out, append(numbers, shapes)...)
}

// howMany fits several numbers of clusters, and prints and draws what speaks for each.
func howMany(ctx context.Context, w io.Writer, ds *dataset.Classification) ([]show.Picture, error) {
	var clusters []int
	var inertias, silhouettes []float64
	var best *cluster.KMeansModel
	highest := -1.0
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "%d points in blobs\n\nclusters\tinertia\tsilhouette\t\n", ds.Len())
	for k := 2; k <= 8; k++ {
		fit, err := cluster.KMeans{K: k, Restarts: 5}.Fit(ctx, ds.Unlabeled())
		if err != nil {
			return nil, err
		}
		silhouette, err := metrics.Silhouette(ctx, ds.X, fit.Labels)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(table, "%d\t%.0f\t%.3f\t\n", k, fit.Inertia, silhouette)
		clusters, inertias, silhouettes = append(clusters, k), append(inertias, fit.Inertia), append(silhouettes, silhouette)
		if silhouette > highest {
			highest, best = silhouette, fit
		}
	}
	k, _ := best.Centers.Dims()
	fmt.Fprintf(table, "\nThe silhouette speaks for %d clusters.\n", k)
	table.Flush()

	elbow, err := plots.Elbow(clusters, inertias, "inertia")
	if err != nil {
		return nil, err
	}
	maximum, err := plots.Elbow(clusters, silhouettes, "mean silhouette")
	if err != nil {
		return nil, err
	}
	widths, err := metrics.SilhouetteSamples(ctx, ds.X, best.Labels)
	if err != nil {
		return nil, err
	}
	bars, err := plots.SilhouetteBars(widths, best.Labels)
	if err != nil {
		return nil, err
	}
	return []show.Picture{
		{File: "elbow.png", Title: "The inertia bends at the right number", Plot: elbow},
		{File: "maximum.png", Title: "The silhouette is largest there", Plot: maximum},
		{File: "silhouette.png", Title: "How well each point lies in its cluster", Plot: bars},
	}, nil
}
