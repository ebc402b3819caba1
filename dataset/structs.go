package dataset

import (
	"fmt"
	"math"
	"reflect"

	"gonum.org/v1/gonum/mat"
)

// ClassificationOf returns the data set of structs, a sample each. An exported
// field is a feature: numeric if it is a number or a bool, categorical if it is a
// string, and missing where it is NaN, an empty string or a nil pointer. Its tag
// may give it another name or another role:
//
//	type Passenger struct {
//		Age      *float64 `dataset:"age"`
//		Sex      string   `dataset:"sex"`
//		Ticket   string   `dataset:"-"`                // left out
//		Weight   float64  `dataset:"weight,weight"`    // sample weight
//		Survived string   `dataset:"survived,target"`
//	}
//
// Levels and classes are ordered as [CSV] orders them. The errors are those of
// [New], and [ErrShape] for a struct that has fields of other types or not one
// target.
func ClassificationOf[S any](records []S) (*Classification, error) {
	t, err := tableOf(records, labels)
	if err != nil {
		return nil, err
	}
	d := t.classification()
	return d, d.ValidateMissing()
}

// RegressionOf is [ClassificationOf] with numbers as targets.
func RegressionOf[S any](records []S) (*Regression, error) {
	t, err := tableOf(records, numbers)
	if err != nil {
		return nil, err
	}
	d := &Regression{X: t.x, Y: t.y, Weights: t.weights, Schema: t.schema}
	return d, d.ValidateMissing()
}

// UnlabeledOf is [ClassificationOf] without targets: a field that is one is left
// out.
func UnlabeledOf[S any](records []S) (*Unlabeled, error) {
	t, err := tableOf(records, nothing)
	if err != nil {
		return nil, err
	}
	d := &Unlabeled{X: t.x, Weights: t.weights, Schema: t.schema}
	return d, d.ValidateMissing()
}

func tableOf[S any](records []S, target targetKind) (*table, error) {
	structs := reflect.TypeFor[S]()
	if structs.Kind() == reflect.Pointer {
		structs = structs.Elem()
	}
	if structs.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%w: the records are %v, want structs", ErrShape, structs)
	}
	if len(records) == 0 {
		return nil, ErrEmpty
	}
	fields, err := fieldsOf(structs)
	if err != nil {
		return nil, err
	}
	t := &table{}
	var features []field
	targets := 0
	for _, f := range fields {
		switch {
		case f.role == featureRole:
			features = append(features, f)
			t.schema.Features = append(t.schema.Features, f.name)
		case f.role == weightRole:
			if t.weights, _, err = columnOf(records, f, false); err != nil {
				return nil, err
			}
		case target != nothing:
			targets++
			t.schema.Target = f.name
			if t.y, t.schema.Classes, err = columnOf(records, f, target == labels); err != nil {
				return nil, err
			}
			for i, y := range t.y {
				if math.IsNaN(y) {
					return nil, fmt.Errorf("%w: record %d has no target (%s)", ErrClasses, i, f.name)
				}
			}
		}
	}
	if target != nothing && targets != 1 {
		return nil, fmt.Errorf("%w: %d fields of %v are targets, want one", ErrShape, targets, structs)
	}
	if len(features) == 0 {
		return nil, fmt.Errorf("%w: no field of %v is a feature", ErrEmpty, structs)
	}
	t.x = mat.NewDense(len(records), len(features), nil)
	for j, f := range features {
		values, levels, err := columnOf(records, f, f.text)
		if err != nil {
			return nil, err
		}
		t.x.SetCol(j, values)
		if levels != nil {
			if t.schema.Levels == nil {
				t.schema.Levels = make([][]string, len(features))
			}
			t.schema.Levels[j] = levels
		}
	}
	return t, nil
}

// columnOf returns the values of a field: numbers, or indices of names.
func columnOf[S any](records []S, f field, names bool) (values []float64, levels []string, err error) {
	values = make([]float64, len(records))
	column := csvColumn{fixed: true}
	for i, record := range records {
		v := reflect.Indirect(reflect.ValueOf(record))
		if !v.IsValid() {
			return nil, nil, fmt.Errorf("%w: record %d is nil", ErrEmpty, i)
		}
		number, text, err := rawValue(v.Field(f.index))
		switch {
		case err != nil:
			return nil, nil, err
		case text == "" && names && !math.IsNaN(number):
			text = formatFloat(number)
		case text != "" && !names:
			return nil, nil, fmt.Errorf("%w: record %d: %s is %q, want a number", ErrShape, i, f.name, text)
		}
		values[i] = number
		if text != "" {
			values[i] = float64(column.add(text))
		}
		if math.IsInf(values[i], 0) {
			return nil, nil, fmt.Errorf("%w: record %d: %s is %v", ErrNotFinite, i, f.name, number)
		}
	}
	if !names {
		return values, nil, nil
	}
	levels, order := sortNames(column.levels)
	for i, v := range values {
		if !math.IsNaN(v) {
			values[i] = float64(order[int(v)])
		}
	}
	return values, levels, nil
}
