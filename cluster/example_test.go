package cluster_test

import (
	"context"
	"fmt"

	"github.com/sapwood-ml/sapwood/cluster"
	"github.com/sapwood-ml/sapwood/dataset"
)

func ExampleKMeans() {
	iris := dataset.Iris()
	fit, err := cluster.KMeans{K: 3}.Fit(context.Background(), iris.Unlabeled())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("inertia %.2f\n", fit.Inertia)
	k, _ := fit.PredictRow([]float64{5.1, 3.5, 1.4, 0.2})
	fmt.Printf("a setosa is in the cluster around %.1f\n", fit.Centers.RawRowView(k))
	// Output:
	// inertia 78.86
	// a setosa is in the cluster around [5.0 3.4 1.5 0.2]
}

func ExampleGaussianMixture() {
	iris := dataset.Iris().Unlabeled()
	for k := 1; k <= 4; k++ {
		fit, err := cluster.GaussianMixture{K: k, Tol: 1e-6, MaxIter: 1000}.Fit(context.Background(), iris)
		if err != nil {
			fmt.Println(err)
			return
		}
		bic, err := fit.BIC(iris)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d components: BIC %.0f\n", k, bic)
	}
	// Output:
	// 1 components: BIC 830
	// 2 components: BIC 574
	// 3 components: BIC 581
	// 4 components: BIC 629
}

func ExampleDBSCAN() {
	iris := dataset.Iris()
	fit, err := cluster.DBSCAN{Eps: 0.6}.Fit(context.Background(), iris.Unlabeled())
	if err != nil {
		fmt.Println(err)
		return
	}
	noise := 0
	for _, k := range fit.Labels {
		if k < 0 {
			noise++
		}
	}
	fmt.Println(fit.Clusters, "clusters,", noise, "samples of noise")
	k, _ := fit.PredictRow([]float64{50, 1, 1, 1})
	fmt.Println("something else:", k)
	// Output:
	// 2 clusters, 9 samples of noise
	// something else: -1
}
