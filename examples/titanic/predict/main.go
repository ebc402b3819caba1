// Command predict loads the model that the command titanic has saved and predicts
// one passenger from raw values. Those that are not given are missing.
//
//	go run ./examples/titanic/predict -model titanic.model class=first sex=female age=29
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	_ "github.com/sapwood-ml/sapwood/dataset/preprocess" // the kinds of model in the file
	_ "github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/model"
)

func main() {
	log.SetFlags(0)
	file := flag.String("model", "titanic.model", "model to load")
	flag.Parse()
	if err := run(os.Stdout, *file, flag.Args()); err != nil {
		log.Fatal("predict: ", err)
	}
}

func run(w io.Writer, file string, args []string) error {
	fit, err := model.LoadFile[*model.ClassifierPipeline](file)
	if err != nil {
		return err
	}
	passenger := map[string]string{}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		passenger[name] = value
	}
	row, err := fit.RowOf(passenger)
	if err != nil {
		return err
	}
	label, err := fit.PredictRow(row)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s: %s\n", fit.Target, fit.Classes[label])
	return nil
}
