package dataset

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// CSV tells how a data set is laid out as comma-separated text (RFC 4180). The
// zero value reads and writes a header of column names, then a sample per
// record, its target in the last column.
//
// Text may begin with a byte-order mark and may be compressed by gzip; both are
// detected. Fields may be quoted, with quotes within doubled; blanks before a
// field and empty lines are skipped.
//
// A column of features is numeric where all its cells are numbers, categorical
// where none is: then X holds the indices of the names in Levels, which are in
// order of number if all are numbers and of text otherwise. A column with cells
// of both kinds is an error that names the cell, unless Categorical names the
// column: so one stray word in a column of numbers does not pass as a category.
// A missing cell is NaN in X, and an error in the target and weights.
//
// A column is given by its name in the header or by its position: "1" is the
// first column, "-1" the last. A name goes before a position.
//
// Errors name the line and the column, both counted from 1, and the column's
// name. They wrap [ErrEmpty] where there are no samples or no features,
// [ErrShape] for a record of a wrong number of fields, [ErrNotFinite] for a
// number that is infinite, [ErrClasses] for a class label that is missing or
// unknown and [ErrWeights] for a weight that is negative.
type CSV struct {
	Comma       rune     // delimiter of fields; 0 means ','
	NoHeader    bool     // the first record is a sample, not the names of the columns
	Target      string   // column of the target; "" means that of Like or else the last; for unlabeled data: a column to leave out
	Weights     string   // column of the sample weights; "" means none
	Categorical []string // columns of features that are categorical even if some cells are numbers
	Ignore      []string // columns to leave out
	Missing     []string // what stands for a missing cell; nil means "", "NA", "N/A", "NaN", "nan", "NULL", "null" and "?"

	// Like is the schema of earlier data that the new are to agree with. Where it
	// has Features, those columns are read, in that order, with the kinds and
	// indices of its Levels, and other columns are left out; without a header, the
	// columns are taken to be in its order. Where it has Classes, a class has its
	// index in them. A name that they lack is an error.
	Like Schema
}

var defaultMissing = []string{"", "NA", "N/A", "NaN", "nan", "NULL", "null", "?"}

// ReadClassification reads labelled samples. The cells of the target are names
// of classes, even if they look like numbers; Classes holds them in order of
// number if all are numbers and of text otherwise.
func (c CSV) ReadClassification(r io.Reader) (*Classification, error) {
	t, err := c.read(r, labels)
	if err != nil {
		return nil, err
	}
	return t.classification(), nil
}

// ReadRegression reads samples whose target is a number.
func (c CSV) ReadRegression(r io.Reader) (*Regression, error) {
	t, err := c.read(r, numbers)
	if err != nil {
		return nil, err
	}
	return &Regression{X: t.x, Y: t.y, Weights: t.weights, Schema: t.schema}, nil
}

// ReadUnlabeled reads samples without a target: all columns are features, but
// for those that Target, Weights and Ignore name.
func (c CSV) ReadUnlabeled(r io.Reader) (*Unlabeled, error) {
	t, err := c.read(r, nothing)
	if err != nil {
		return nil, err
	}
	return &Unlabeled{X: t.x, Weights: t.weights, Schema: t.schema}, nil
}

// ReadClassificationFile is [CSV.ReadClassification] of the named file.
func (c CSV) ReadClassificationFile(name string) (*Classification, error) {
	return readFile(name, c.ReadClassification)
}

// ReadRegressionFile is [CSV.ReadRegression] of the named file.
func (c CSV) ReadRegressionFile(name string) (*Regression, error) {
	return readFile(name, c.ReadRegression)
}

// ReadUnlabeledFile is [CSV.ReadUnlabeled] of the named file.
func (c CSV) ReadUnlabeledFile(name string) (*Unlabeled, error) {
	return readFile(name, c.ReadUnlabeled)
}

func readFile[T Target](name string, read func(io.Reader) (*Dataset[T], error)) (*Dataset[T], error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	d, err := read(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return d, nil
}

// comma returns the delimiter, or an error if it cannot be one.
func (c CSV) comma() (rune, error) {
	if c.Comma == 0 {
		return ',', nil
	}
	if !utf8.ValidRune(c.Comma) || c.Comma == utf8.RuneError || strings.ContainsRune("\"\r\n", c.Comma) {
		return 0, &ParamError{Field: "Comma", Value: strconv.QuoteRune(c.Comma), Want: "a character other than quote and newline"}
	}
	return c.Comma, nil
}

// missing returns what stands for a missing cell.
func (c CSV) missing() []string {
	if c.Missing == nil {
		return defaultMissing
	}
	return c.Missing
}

// WriteCSV writes the data set as c would read it: the names of the columns
// unless c.NoHeader, then per sample the features, the weight if c.Weights names
// its column, and the target last. Numbers are written so that they read back
// bit for bit, classes and levels by their names, and a missing value as the
// first of c.Missing that is not empty, or "NA".
//
// The errors are those of [Dataset.ValidateMissing], of w, and [ErrShape] for a
// name that would read back as a missing cell or a value that has no name in
// Levels.
func (d *Dataset[T]) WriteCSV(w io.Writer, c CSV) error {
	if err := d.ValidateMissing(); err != nil {
		return err
	}
	comma, err := c.comma()
	if err != nil {
		return err
	}
	missing := "NA"
	if i := slices.IndexFunc(c.Missing, func(s string) bool { return s != "" }); i >= 0 {
		missing = c.Missing[i]
	}
	for _, names := range append(slices.Clone(d.Levels), d.Classes) {
		for _, name := range names {
			if slices.Contains(c.missing(), name) || name == missing {
				return fmt.Errorf("%w: the name %q would read back as a missing cell", ErrShape, name)
			}
		}
	}

	out := csv.NewWriter(bufio.NewWriterSize(w, 1<<16))
	out.Comma = comma
	if !c.NoHeader {
		if err := out.Write(d.header(c.Weights)); err != nil {
			return err
		}
	}
	n, p := d.Dims()
	record := make([]string, 0, p+2)
	for i := range n {
		record = record[:0]
		for j, v := range d.X.RawRowView(i) {
			switch {
			case math.IsNaN(v):
				record = append(record, missing)
			case d.Levels == nil || d.Levels[j] == nil:
				record = append(record, formatFloat(v))
			case v != math.Trunc(v) || v < 0 || v >= float64(len(d.Levels[j])):
				return fmt.Errorf("%w: row %d, column %d is %v, which is none of its %d levels", ErrShape, i, j, v, len(d.Levels[j]))
			default:
				record = append(record, d.Levels[j][int(v)])
			}
		}
		if c.Weights != "" {
			record = append(record, formatFloat(d.Weight(i)))
		}
		switch y := any(d.Y).(type) {
		case []float64:
			record = append(record, formatFloat(y[i]))
		case []int:
			record = append(record, className(d.Classes, y[i]))
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// header returns the names of the columns that WriteCSV writes: x0, x1, … and
// "target" where the schema has none.
func (d *Dataset[T]) header(weights string) []string {
	_, p := d.Dims()
	names := slices.Clone(d.Features)
	for j := len(names); j < p; j++ {
		names = append(names, "x"+strconv.Itoa(j))
	}
	if weights != "" {
		names = append(names, weights)
	}
	if _, unlabeled := any(d.Y).([]None); unlabeled {
		return names
	}
	if d.Target == "" {
		return append(names, "target")
	}
	return append(names, d.Target)
}

func formatFloat(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// className returns the name of class k, or its number where it has none.
func className(classes []string, k int) string {
	if k < len(classes) {
		return classes[k]
	}
	return strconv.Itoa(k)
}
