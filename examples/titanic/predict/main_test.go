package main

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/model"
)

func TestRun(t *testing.T) {
	passengers, err := dataset.CSV{Target: "survived", Ignore: []string{"name"}}.ReadClassificationFile("../titanic.csv")
	if err != nil {
		t.Fatal(err)
	}
	fit, err := model.Pipe(model.Chain(preprocess.SimpleImputer{}, preprocess.OneHot{}), linear.Logistic{}).Fit(context.Background(), passengers)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "titanic.model")
	if err := model.SaveFile(file, fit); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"survived: yes\n": {"class=first", "sex=female", "age=29"},
		"survived: no\n":  {"class=third", "sex=male", "fare=8.05"},
	} {
		var said bytes.Buffer
		if err := run(&said, file, args); err != nil || said.String() != want {
			t.Errorf("%q: %q, %v", args, said.String(), err)
		}
	}
	if err := run(new(bytes.Buffer), file, []string{"class=zeroth"}); !errors.Is(err, dataset.ErrLevel) {
		t.Errorf("a class that there is not: %v", err)
	}
}
