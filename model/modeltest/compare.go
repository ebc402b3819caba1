package modeltest

import (
	"fmt"
	"math"
	"reflect"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// answers is what a model says about some rows, per method.
type answers map[string]*mat.Dense

func (s *suite[T, M]) answers(m M, x mat.Matrix) (answers, error) {
	a := answers{}
	for _, method := range methods(m) {
		y, err := method.call(x)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", method.name, err)
		}
		n, _ := x.Dims()
		if rows, _ := y.Dims(); rows != n {
			return nil, fmt.Errorf("%s: %d answers for %d rows", method.name, rows, n)
		}
		if method.labels && s.renumber {
			y = renumbered(y)
		}
		a[method.name] = y
	}
	if len(a) == 0 {
		return nil, fmt.Errorf("%T has none of the methods Predict, PredictProba, Decision, Transform", m)
	}
	return a, nil
}

// renumbered numbers labels in the order of their first appearance.
func renumbered(labels *mat.Dense) *mat.Dense {
	n, _ := labels.Dims()
	number := map[float64]float64{}
	r := mat.NewDense(n, 1, nil)
	for i := range n {
		l := labels.At(i, 0)
		if _, seen := number[l]; !seen {
			number[l] = float64(len(number))
		}
		r.Set(i, 0, number[l])
	}
	return r
}

// differ reports the first place where b is not a: not the same bits where
// tolerance is 0, else farther apart than tolerance·max(1, |a|). Labels are
// compared exactly in any case, and NaN equals NaN.
func differ(a, b answers, tolerance float64) error {
	for name, want := range a {
		if err := differMatrix(want, b[name], tolerance); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func differMatrix(want, got *mat.Dense, tolerance float64) error {
	n, p := want.Dims()
	if gn, gp := got.Dims(); gn != n || gp != p {
		return fmt.Errorf("%d×%d instead of %d×%d", gn, gp, n, p)
	}
	for i := range n {
		for j := range p {
			w, g := want.At(i, j), got.At(i, j)
			if math.Float64bits(w) == math.Float64bits(g) || math.IsNaN(w) && math.IsNaN(g) {
				continue
			}
			if !(math.Abs(w-g) <= tolerance*max(1, math.Abs(w))) || tolerance == 0 {
				return fmt.Errorf("row %d, column %d: %v instead of %v", i, j, g, w)
			}
		}
	}
	return nil
}

// fingerprint writes out the exported content of a model, floats with all their
// bits, so that two models can be compared by it.
func fingerprint(m any) string {
	var b strings.Builder
	write(&b, reflect.ValueOf(m), 0)
	return b.String()
}

func write(b *strings.Builder, v reflect.Value, depth int) {
	if depth > 64 {
		return
	}
	if v.IsValid() && v.CanInterface() {
		if x, ok := v.Interface().(mat.Matrix); ok && (v.Kind() != reflect.Pointer || !v.IsNil()) {
			writeMatrix(b, x)
			return
		}
	}
	switch v.Kind() {
	case reflect.Float64, reflect.Float32:
		fmt.Fprintf(b, "%x ", math.Float64bits(v.Float()))
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			write(b, v.Elem(), depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				fmt.Fprintf(b, "%s:", f.Name)
				write(b, v.Field(i), depth+1)
			}
		}
	case reflect.Slice, reflect.Array:
		fmt.Fprintf(b, "[%d]", v.Len())
		for i := range v.Len() {
			write(b, v.Index(i), depth+1)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Bool, reflect.String:
		fmt.Fprintf(b, "%v ", v)
	case reflect.Map:
		fmt.Fprintf(b, "%v ", v) // fmt sorts the keys
	}
}

func writeMatrix(b *strings.Builder, x mat.Matrix) {
	n, p := x.Dims()
	fmt.Fprintf(b, "%d×%d ", n, p)
	for i := range n {
		for j := range p {
			fmt.Fprintf(b, "%x ", math.Float64bits(x.At(i, j)))
		}
	}
}

// identical reports where two models differ by as much as a bit: in their
// exported fields, or in their answers about x.
func (s *suite[T, M]) identical(a, b M, x mat.Matrix) error {
	first, err := s.answers(a, x)
	if err != nil {
		return err
	}
	second, err := s.answers(b, x)
	if err != nil {
		return err
	}
	if err := differ(first, second, 0); err != nil {
		return err
	}
	if fingerprint(a) != fingerprint(b) {
		return fmt.Errorf("the exported fields of the models differ")
	}
	return nil
}
