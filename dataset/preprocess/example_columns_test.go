package preprocess_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/model"
)

func ExampleColumns() {
	table := "age,fare,port\n22,7.25,Southampton\n38,71.28,Cherbourg\n,8.05,Southampton\n"
	ds, err := dataset.CSV{}.ReadUnlabeled(strings.NewReader(table))
	if err != nil {
		log.Fatal(err)
	}
	fit, err := preprocess.Columns{Parts: []preprocess.Part{
		preprocess.On(model.Chain(preprocess.SimpleImputer{}, preprocess.MinMaxScaler{}), "age"),
		preprocess.OnCategorical(preprocess.OneHot{}),
	}}.Fit(context.Background(), ds)
	if err != nil {
		log.Fatal(err)
	}
	x, err := fit.Transform(ds.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(fit.Output().Features) // what no part takes comes last
	fmt.Printf("%.2f\n", mat.Formatted(x))
	// Output:
	// [age port=Cherbourg port=Southampton fare]
	// ⎡ 0.00   0.00   1.00   7.25⎤
	// ⎢ 1.00   1.00   0.00  71.28⎥
	// ⎣ 0.50   0.00   1.00   8.05⎦
}
