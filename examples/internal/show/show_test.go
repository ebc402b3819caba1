package show

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/tree"
)

func TestBarNamesTheTask(t *testing.T) {
	var screen bytes.Buffer
	ctx := withBar(context.Background(), &screen)
	for range 2 { // a second fit gets a bar of its own
		screen.Reset()
		if _, err := (tree.ForestClassifier{Trees: 20}).Fit(ctx, dataset.Iris()); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(screen.String(), "forest") || !strings.Contains(screen.String(), "%") {
			t.Errorf("no bar in %q", screen.String())
		}
	}
}

func TestNoFolderNoPictures(t *testing.T) {
	var out bytes.Buffer
	if err := Save(&out, "", Picture{File: "a.png"}); err != nil || out.Len() > 0 {
		t.Errorf("%v, %q", err, out.String())
	}
}
