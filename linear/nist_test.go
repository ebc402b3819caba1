package linear

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/sapwood-ml/sapwood/dataset"
)

// certified is a data set of testdata/nist/certified.json.
type certified struct {
	Model        string
	Terms        []string
	Coefficients []float64
	StdErrors    []float64 `json:"standard_errors"`
	ResidualSD   float64   `json:"residual_sd"`
	R2           float64   `json:"r_squared"`
}

// nistSets are the sets with the LRE that the doubles of the model matrix allow:
// that of an exact solution. Tests ask for one digit less.
var nistSets = []struct {
	name    string
	degree  int // of the polynomial; 0 for Longley
	allowed float64
}{
	{"Norris", 1, 14.1}, {"Pontius", 2, 13.5}, {"NoInt1", 1, 14.7}, {"NoInt2", 1, 15}, {"Filip", 10, 7.6}, {"Longley", 0, 14.6},
	{"Wampler1", 5, 15}, {"Wampler2", 5, 13.2}, {"Wampler3", 5, 15}, {"Wampler4", 5, 15}, {"Wampler5", 5, 15},
}

func readNIST(t testing.TB, name string, degree int) *dataset.Regression {
	t.Helper()
	file, err := os.Open("testdata/nist/" + name + ".csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]float64
	var y []float64
	for _, record := range records[1:] {
		var values []float64
		for _, cell := range record {
			v, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, v)
		}
		y = append(y, values[0])
		row := values[1:]
		for d := 2; d <= degree; d++ {
			row = append(row, math.Pow(values[1], float64(d)))
		}
		rows = append(rows, row)
	}
	return newData(t, rows, y, nil)
}

func readCertified(t testing.TB) map[string]certified {
	t.Helper()
	raw, err := os.ReadFile("testdata/nist/certified.json")
	if err != nil {
		t.Fatal(err)
	}
	var sets map[string]certified
	if err := json.Unmarshal(raw, &sets); err != nil {
		t.Fatal(err)
	}
	return sets
}

// lre is the number of correct significant digits, as defined in testdata/nist/README.md.
func lre(got, want float64) float64 {
	e := math.Abs(got - want)
	if want != 0 {
		e /= math.Abs(want)
	}
	if math.IsNaN(e) {
		return 0
	}
	return min(max(-math.Log10(e), 0), 15)
}

func leastLRE(got, want []float64) float64 {
	least := 15.0
	for i := range want {
		least = min(least, lre(got[i], want[i]))
	}
	return least
}

func TestNIST(t *testing.T) {
	sets := readCertified(t)
	t.Logf("%-10s %8s %8s %8s %8s %8s %8s %10s", "set", "coef", "allowed", "errors", "sd", "R2", "steps", "condition")
	for _, set := range nistSets {
		want := sets[set.name]
		ds := readNIST(t, set.name, set.degree)
		noIntercept := strings.HasPrefix(set.name, "NoInt")
		fit, err := Regression{NoIntercept: noIntercept}.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(set.name, err)
		}
		got := fit.Coef
		if !noIntercept {
			got = append([]float64{fit.Intercept}, got...)
		}
		if len(got) != len(want.Coefficients) {
			t.Fatalf("%s: %d coefficients, want %d", set.name, len(got), len(want.Coefficients))
		}
		digits := leastLRE(got, want.Coefficients)
		statistics, err := Regression{NoIntercept: noIntercept}.Inference(context.Background(), ds)
		if err != nil {
			t.Fatal(set.name, err)
		}
		errorsOf := statistics.StandardErrors
		if !noIntercept {
			errorsOf = append([]float64{statistics.InterceptError}, errorsOf...)
		}
		errorDigits, sdDigits, r2Digits := leastLRE(errorsOf, want.StdErrors), lre(statistics.Deviation, want.ResidualSD), lre(statistics.R2, want.R2)
		t.Logf("%-10s %8.1f %8.1f %8.1f %8.1f %8.1f %8d %10.1e", set.name, digits, set.allowed, errorDigits, sdDigits, r2Digits, fit.Iterations, fit.Condition)
		// Standard errors are no better than the factor: half the digits of Filip go.
		if errorDigits < min(set.allowed-1, 11) || sdDigits < min(set.allowed-1, 11) || r2Digits < 12 && set.name != "Filip" {
			t.Errorf("%s: standard errors, deviation or R² have too few digits", set.name)
		}
		if digits < set.allowed-1 {
			t.Errorf("%s: LRE of the coefficients is %.1f, want %.1f", set.name, digits, set.allowed-1)
		}
		if fit.Rank != len(fit.Coef) {
			t.Errorf("%s: rank %d", set.name, fit.Rank)
		}
	}
}
