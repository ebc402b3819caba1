package tree_test

import (
	"bytes"
	"context"
	"reflect"
	"testing"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/tree"
)

// A loaded tree is the saved one in every part, exported or not.
func TestSaveLoad(t *testing.T) {
	r, err := tree.Regressor{MaxDepth: 4}.Fit(context.Background(), dataset.Diabetes())
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := model.Save(&file, r); err != nil {
		t.Fatal(err)
	}
	loaded, err := model.Load[*tree.RegressorModel](&file)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(r, loaded) {
		t.Error("the loaded regression tree is another")
	}
	for _, c := range []tree.Classifier{{}, {MaxDepth: 1}, {MaxLeaves: 6, Criterion: tree.Entropy}} {
		m, err := c.Fit(context.Background(), dataset.Wine())
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := model.Save(&file, m); err != nil {
			t.Fatal(err)
		}
		loaded, err := model.Load[*tree.ClassifierModel](&file)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(m, loaded) {
			t.Errorf("%+v: the loaded tree is another", c)
		}
	}
}
