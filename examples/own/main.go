// Command own draws your own table, the file my.csv, in two dimensions: the second
// program of the README.
package main

import (
	"context"
	"log"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/decomposition"
	"github.com/sapwood-ml/sapwood/metrics/plots"
	"github.com/sapwood-ml/sapwood/model"
)

func main() {
	ctx := context.Background()
	ds, err := dataset.CSV{Target: "species"}.ReadClassificationFile("my.csv")
	if err != nil {
		log.Fatal(err)
	}
	numbers := model.Chain(preprocess.SimpleImputer{}, preprocess.OneHot{}) // fill gaps, words as numbers
	plane := model.Chain(preprocess.StandardScaler{}, decomposition.PCA{Components: 2})
	fit, err := model.Chain(numbers, plane).Fit(ctx, ds.Unlabeled())
	if err != nil {
		log.Fatal(err)
	}
	projected, err := fit.Transform(ds.X)
	if err != nil {
		log.Fatal(err)
	}
	p, err := plots.Components(projected, nil, ds.Y, ds.Classes)
	if err != nil {
		log.Fatal(err)
	}
	p.Title.Text = "My own data in two dimensions"
	if err := plots.Save(p, 640, 480, "my.png"); err != nil {
		log.Fatal(err)
	}
}
