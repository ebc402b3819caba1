// Command titanic goes from a raw table, with words, numbers and gaps, to a
// cross-validated pipeline and a saved model, which the command in predict loads.
//
//	go run ./examples/titanic -out titanic.model -pictures pictures
//	go run ./examples/titanic/predict -model titanic.model class=first sex=female age=29
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/examples/internal/show"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/model"
)

func main() {
	log.SetFlags(0)
	file := flag.String("csv", "examples/titanic/titanic.csv", "table of passengers")
	out := flag.String("out", "titanic.model", "file to save the model in")
	pictures := flag.String("pictures", "", "folder for the pictures; none are drawn without it")
	flag.Parse()
	if err := run(show.Progress(context.Background()), os.Stdout, *file, *out, *pictures); err != nil {
		log.Fatal("titanic: ", err)
	}
}

func run(ctx context.Context, w io.Writer, file, out, pictures string) error {
	passengers, err := dataset.CSV{Target: "survived", Ignore: []string{"name"}}.ReadClassificationFile(file)
	if err != nil {
		return err
	}
	pipeline := model.Pipe(preprocess.Columns{Parts: []preprocess.Part{
		preprocess.OnNumeric(model.Chain(preprocess.SimpleImputer{Strategy: preprocess.Median, Indicator: true}, preprocess.StandardScaler{})),
		preprocess.OnCategorical(preprocess.OneHot{Unknown: preprocess.UnknownIgnored}),
	}}, linear.Logistic{})
	scores, err := model.CrossValidate(ctx, pipeline, passengers, model.KFold{N: 10, Seed: 1}, metrics.Accuracy)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "accuracy in each of %d folds: %.3f\n", len(scores), scores)
	if err := explain(ctx, w, pipeline, passengers, pictures); err != nil {
		return err
	}
	fit, err := pipeline.Fit(ctx, passengers)
	if err != nil {
		return err
	}
	return model.SaveFile(out, fit)
}
