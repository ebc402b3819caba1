// Command own draws what a classifier makes of your own table, the file my.csv: the
// second program of the README.
package main

import (
	"context"
	"log"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/metrics/plots"
	"github.com/sapwood-ml/sapwood/svm"
)

func main() {
	ctx := context.Background()
	ds, err := dataset.CSV{Target: "species"}.ReadClassificationFile("my.csv")
	if err != nil {
		log.Fatal(err)
	}
	fit, err := svm.Classifier{C: 10}.Fit(ctx, ds)
	if err != nil {
		log.Fatal(err)
	}
	p, err := plots.DecisionRegions(fit, ds, 2, 3) // over the third and the fourth column
	if err != nil {
		log.Fatal(err)
	}
	p.Title.Text = "My own data"
	if err := plots.Save(p, 640, 480, "my.png"); err != nil {
		log.Fatal(err)
	}
}
