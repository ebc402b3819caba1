package main

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sapwood-ml/sapwood/model"
)

func TestRun(t *testing.T) {
	out := filepath.Join(t.TempDir(), "titanic.model")
	var said bytes.Buffer
	if err := run(context.Background(), &said, "titanic.csv", out, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	folds, importances, _ := strings.Cut(said.String(), "\n")
	scores := regexp.MustCompile(`0\.\d+`).FindAllString(folds, -1)
	if !strings.Contains(importances, "sex") || !strings.Contains(importances, "calibration.png") {
		t.Errorf("no importance of sex, or no picture, in\n%s", importances)
	}
	sum := 0.0
	for _, s := range scores {
		score, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += score / float64(len(scores))
	}
	// The larger class is 54 %.
	if len(scores) != 10 || sum < 0.70 {
		t.Errorf("%s", said.String())
	}

	fit, err := model.LoadFile[*model.ClassifierPipeline](out)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		passenger map[string]any
		want      string
	}{
		{map[string]any{"class": "first", "sex": "female", "age": 29}, "yes"},
		{map[string]any{"class": "third", "sex": "male", "fare": "8.05"}, "no"},
	} {
		row, err := fit.RowOf(c.passenger)
		if err != nil {
			t.Fatal(err)
		}
		label, err := fit.PredictRow(row)
		if err != nil {
			t.Fatal(err)
		}
		if fit.Classes[label] != c.want {
			t.Errorf("%v survives: %s", c.passenger, fit.Classes[label])
		}
	}
	if _, err := fit.RowOf(map[string]any{"class": "zeroth"}); err == nil {
		t.Error("a class that there is not")
	}
}
