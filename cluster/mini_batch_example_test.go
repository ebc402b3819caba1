package cluster_test

import (
	"context"
	"fmt"
	"log"

	"github.com/sapwood-ml/sapwood/cluster"
	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/metrics"
)

func ExampleMiniBatchKMeans() {
	blobs, err := dataset.MakeBlobs(dataset.Blobs{Samples: 10000, Clusters: 3, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	fit, err := cluster.MiniBatchKMeans{K: 3}.Fit(context.Background(), blobs.Unlabeled())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("agreement %.2f\n", metrics.AdjustedRand(blobs.Y, fit.Labels))
	// Output:
	// agreement 0.94
}
