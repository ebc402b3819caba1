package main

import (
	"os"
	"testing"

	"github.com/sapwood-ml/sapwood/dataset"
)

func TestDrawsTheTable(t *testing.T) {
	t.Chdir(t.TempDir())
	table, err := os.Create("my.csv")
	if err != nil {
		t.Fatal(err)
	}
	if err := dataset.Iris().WriteCSV(table, dataset.CSV{}); err != nil {
		t.Fatal(err)
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
	main()
	if picture, err := os.Stat("my.png"); err != nil || picture.Size() < 5000 {
		t.Errorf("%v, %v", picture, err)
	}
}
