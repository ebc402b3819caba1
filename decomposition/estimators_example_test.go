package decomposition_test

import (
	"context"
	"fmt"
	"log"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/decomposition"
)

func ExampleIncrementalPCA() {
	digits := dataset.Digits()
	stream, err := decomposition.IncrementalPCA{Components: 10}.Start()
	if err != nil {
		log.Fatal(err)
	}
	for start := 0; start+200 <= digits.Len(); start += 200 { // as if they did not fit in memory
		rows := make([]int, 200)
		for i := range rows {
			rows[i] = start + i
		}
		batch, err := digits.Subset(rows)
		if err != nil {
			log.Fatal(err)
		}
		if err := stream.PartialFit(context.Background(), batch.Unlabeled()); err != nil {
			log.Fatal(err)
		}
	}
	fit, err := stream.Model()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("the first component explains %.0f %%\n", 100*fit.ExplainedVarianceRatio[0])
	// Output:
	// the first component explains 15 %
}

func ExampleTruncatedSVD() {
	digits := dataset.Digits()
	fit, err := decomposition.TruncatedSVD{Components: 5}.Fit(context.Background(), digits.Unlabeled())
	if err != nil {
		log.Fatal(err)
	}
	z, err := fit.Transform(digits.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(z.Dims())
	// Output:
	// 1797 5
}
