package tree_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/tree"
)

func TestText(t *testing.T) {
	ds, err := dataset.FromRows([][]float64{{1, 0}, {2, 0}, {math.NaN(), 0}, {3, 0}, {3, 1}}, []int{0, 0, 1, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	fit, err := tree.Classifier{}.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	const want = `├─ x[0] ≤ 2.5: class 0 (2)
└─ x[0] > 2.5
   ├─ x[1] ≤ 0.5: class 1 (2)
   └─ x[1] > 0.5: class 0 (1)
`
	if got := fit.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	ds.Schema = dataset.Schema{Features: []string{"a \"quoted\" name", "b"}, Classes: []string{"no", "yes"}}
	if fit, err = (tree.Classifier{MaxDepth: 1}).Fit(context.Background(), ds); err != nil {
		t.Fatal(err)
	}
	const named = `├─ a "quoted" name ≤ 2.5: no (2)
└─ a "quoted" name > 2.5: yes (66.7% of 3)
`
	if got := fit.String(); got != named {
		t.Errorf("got\n%s\nwant\n%s", got, named)
	}
	const dot = `digraph tree {
	node [shape=box, style=rounded, fontname="Helvetica"]
	edge [fontname="Helvetica"]
	0 [label="a \"quoted\" name ≤ 2.5\nno (60% of 5)\nimpurity 0.48"]
	0 -> 1 [label="yes"]
	0 -> 2 [label="no"]
	1 [label="no (2)\nimpurity 0"]
	2 [label="yes (66.7% of 3)\nimpurity 0.4444"]
}
`
	if got := fit.DOT(); got != dot {
		t.Errorf("got\n%s\nwant\n%s", got, dot)
	}
}

func TestTextOfALeafAndOfDeepTrees(t *testing.T) {
	ds, err := dataset.FromRows([][]float64{{1}, {1}, {1}}, []int{0, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	fit, err := tree.Classifier{}.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fit.String(), "class 1 (66.7% of 3)\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	iris, err := tree.Classifier{}.Fit(context.Background(), dataset.Iris())
	if err != nil {
		t.Fatal(err)
	}
	if text := iris.Text(2); strings.Count(text, "…") != 2 {
		t.Errorf("depth 2 of a deeper tree:\n%s", text)
	}
}
