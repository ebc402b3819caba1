package dataset

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Row turns the raw values of a sample into the row that a model of this schema
// takes, one per feature and in their order: a number of any type or a bool is
// itself; a string is the name of a level or, for a numeric feature, the text of
// a number; nil, NaN, "" and a nil pointer are missing.
//
//	row, err := fit.Row("female", 29, nil, "Southampton")
//	label, err := fit.PredictRow(row)
//
// The error is [ErrShape] for a wrong number of values, and names the feature of
// a value that it has no place for. It is [ErrLevel] where all that is wrong is a
// name that is new, which an encoder may have an answer to: then the row is
// returned with it, and holds the number of the feature's levels in that place.
func (s Schema) Row(values ...any) ([]float64, error) {
	features := max(len(s.Features), len(s.Levels))
	if features != 0 && len(values) != features {
		if len(values) == 1 {
			return nil, fmt.Errorf("%w: one value, a %T, for %d features; RowOf takes a map or struct", ErrShape, values[0], features)
		}
		return nil, fmt.Errorf("%w: %d values for %d features", ErrShape, len(values), features)
	}
	found := make([]reflect.Value, len(values))
	for j, v := range values {
		found[j] = reflect.ValueOf(v)
	}
	return s.row(found)
}

// RowOf is Row for values that are found by the names of the features: in a map
// with string keys, or in a struct by the tags that [ClassificationOf] reads. A
// feature that has no value is missing; a key that is no feature is an error.
func (s Schema) RowOf(record any) ([]float64, error) {
	if s.Features == nil {
		return nil, fmt.Errorf("%w: the features have no names", ErrShape)
	}
	found := make([]reflect.Value, len(s.Features))
	put := func(name string, v reflect.Value) error {
		j := slices.Index(s.Features, name)
		if j < 0 {
			return fmt.Errorf("%w: there is no feature %q", ErrShape, name)
		}
		found[j] = v
		return nil
	}
	v := reflect.Indirect(reflect.ValueOf(record))
	switch {
	case v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String:
		for _, key := range v.MapKeys() {
			if err := put(key.String(), v.MapIndex(key)); err != nil {
				return nil, err
			}
		}
	case v.Kind() == reflect.Struct:
		fields, err := fieldsOf(v.Type())
		if err != nil {
			return nil, err
		}
		for _, f := range fields {
			if f.role == featureRole {
				if err := put(f.name, v.Field(f.index)); err != nil {
					return nil, err
				}
			}
		}
	default:
		return nil, fmt.Errorf("%w: a record is a map with string keys or a struct, not a %T", ErrShape, record)
	}
	return s.row(found)
}

// row returns what stands for the raw values of the features.
func (s Schema) row(values []reflect.Value) ([]float64, error) {
	row := make([]float64, len(values))
	var unknown error
	for j, v := range values {
		var err error
		row[j], err = s.value(j, v)
		switch {
		case errors.Is(err, ErrLevel):
			unknown = errors.Join(unknown, err)
		case err != nil:
			return nil, err
		}
	}
	return row, unknown
}

// value returns what stands for a raw value of feature j.
func (s Schema) value(j int, v reflect.Value) (float64, error) {
	name := fmt.Sprintf("feature %d", j)
	if s.Features != nil {
		name += " (" + s.Features[j] + ")"
	}
	number, text, err := rawValue(v)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	categorical := s.Levels != nil && s.Levels[j] != nil
	switch {
	case text == "" && categorical && !math.IsNaN(number):
		if number != math.Trunc(number) || number < 0 || number >= float64(len(s.Levels[j])) {
			return 0, fmt.Errorf("%w: %s is %v, which is none of its %d levels", ErrShape, name, number, len(s.Levels[j]))
		}
	case text == "":
	case categorical:
		k := slices.Index(s.Levels[j], text)
		if k < 0 {
			return float64(len(s.Levels[j])), fmt.Errorf("%w: %s is %q, want one of %q", ErrLevel, name, text, s.Levels[j])
		}
		return float64(k), nil
	default:
		if number, err = strconv.ParseFloat(strings.TrimSpace(text), 64); err != nil {
			return 0, fmt.Errorf("%w: %s is %q, want a number", ErrShape, name, text)
		}
	}
	if math.IsInf(number, 0) {
		return 0, fmt.Errorf("%w: %s is %v", ErrNotFinite, name, number)
	}
	return number, nil
}

// rawValue returns the text of a value, or where it is none its number.
func rawValue(v reflect.Value) (number float64, text string, err error) {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Invalid:
		return math.NaN(), "", nil
	case reflect.String:
		if v.Len() == 0 {
			return math.NaN(), "", nil
		}
		return 0, v.String(), nil
	case reflect.Bool:
		if v.Bool() {
			number = 1
		}
		return number, "", nil
	}
	switch {
	case v.CanFloat():
		return v.Float(), "", nil
	case v.CanInt():
		return float64(v.Int()), "", nil
	case v.CanUint():
		return float64(v.Uint()), "", nil
	}
	return 0, "", fmt.Errorf("%w: a %v is neither a number nor a string", ErrShape, v.Type())
}

// field is a field of a struct that holds a sample.
type field struct {
	index int
	name  string
	role  columnRole
	text  bool
}

// fieldsOf reads the tags of a struct's fields.
func fieldsOf(t reflect.Type) ([]field, error) {
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("dataset"), ",")
		if !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		kind := f.Type
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		if !(kind.Kind() >= reflect.Bool && kind.Kind() <= reflect.Float64 || kind.Kind() == reflect.String) {
			return nil, fmt.Errorf("%w: field %s is a %v, want a number, a bool, a string or a pointer to one", ErrShape, f.Name, f.Type)
		}
		role := featureRole
		switch option {
		case "":
		case "target":
			role = targetRole
		case "weight":
			role = weightRole
		default:
			return nil, fmt.Errorf("%w: the tag of field %s says %q, want target or weight", ErrShape, f.Name, option)
		}
		fields = append(fields, field{i, name, role, kind.Kind() == reflect.String})
	}
	return fields, nil
}
