package docs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sapwood-ml/sapwood/cluster"
	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/decomposition"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/svm"
	"github.com/sapwood-ml/sapwood/tree"
)

// A parameterRow is a row of the tables of defaults in coming-from-scikit-learn.md.
type parameterRow struct {
	class          string   // of scikit-learn
	params, values []string // in step
	ours           string   // our type
	entries        []string // what is ours, in step with params
	absent         []string // parameters that we have no counterpart of
}

func parameterRows(t *testing.T) (rows []parameterRow) {
	row := regexp.MustCompile("(?m)^\\| `(\\w+)\\((.*?)\\)` \\| `([\\w.]+)`: (.*) \\| (.*) \\|$")
	for _, m := range row.FindAllStringSubmatch(pages(t)["coming-from-scikit-learn.md"], -1) {
		r := parameterRow{class: m[1], ours: m[3], entries: strings.Split(m[4], "; ")}
		for _, p := range regexp.MustCompile(`(\w+)=(\([^)]*\)|"[^"]*"|[^,]*)`).FindAllStringSubmatch(m[2], -1) {
			r.params, r.values = append(r.params, p[1]), append(r.values, p[2])
		}
		for _, p := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(m[5], -1) {
			r.absent = append(r.absent, p[1])
		}
		rows = append(rows, r)
	}
	return rows
}

// The page gives every parameter of scikit-learn, with the default it has.
func TestDefaultsOfScikitLearn(t *testing.T) {
	text, err := os.ReadFile("testdata/defaults.json")
	if err != nil {
		t.Fatal(err)
	}
	var installed struct {
		Version  string
		Defaults map[string]map[string]any
	}
	if err := json.Unmarshal(text, &installed); err != nil {
		t.Fatal(err)
	}
	page := pages(t)["coming-from-scikit-learn.md"]
	if !strings.Contains(page, "scikit-learn "+installed.Version) {
		t.Errorf("the page does not name version %s", installed.Version)
	}
	everywhere := regexp.MustCompile(`^(random_state|fit_intercept|n_jobs|verbose|verbose_interval|copy|copy_X|copy_x|warm_start|categorical_features)$`)
	rows := parameterRows(t)
	if len(rows) < 40 {
		t.Fatalf("%d rows of parameters", len(rows))
	}
	for _, r := range rows {
		defaults, known := installed.Defaults[r.class]
		if !known {
			t.Errorf("scikit-learn has no %s, or defaults.json lacks it", r.class)
			continue
		}
		mentioned := map[string]bool{}
		for i, p := range r.params {
			mentioned[p] = true
			want, known := defaults[p]
			if got := r.values[i]; !known || python(want) != number(strings.ReplaceAll(got, ".0", "")) && python(want) != number(got) {
				t.Errorf("%s: %s is %s, not %s", r.class, p, python(want), got)
			}
		}
		for _, p := range r.absent {
			if _, known := defaults[p]; !known || mentioned[p] {
				t.Errorf("%s: %s is named as absent", r.class, p)
			}
			mentioned[p] = true
		}
		for p := range defaults {
			if !mentioned[p] && !everywhere.MatchString(p) {
				t.Errorf("%s: nothing is said about %s", r.class, p)
			}
		}
	}
	// Everything else that the page names is there too.
	names, _, _ := strings.Cut(page[strings.Index(page, "## Names"):], "\n## P")
	for _, m := range regexp.MustCompile(`(?m)^\| ([^|]*) \|`).FindAllStringSubmatch(names, -1) {
		for _, name := range regexp.MustCompile("`(\\w+)(?:\\(.*?\\))?`").FindAllStringSubmatch(m[1], -1) {
			if elsewhere := regexp.MustCompile(`^(make_\w+|load_\w+|OLS|cost_complexity_pruning_path|set_params|get_feature_names_out)$`); !elsewhere.MatchString(name[1]) && installed.Defaults[name[1]] == nil {
				t.Errorf("%s is not in defaults.json", name[1])
			}
		}
	}
}

// python writes a default as Python does, numbers in Go's shortest form.
func python(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return map[bool]string{true: "True", false: "False"}[v]
	case string:
		return `"` + v + `"`
	case []any:
		var parts []string
		for _, p := range v {
			parts = append(parts, python(p))
		}
		return "(" + strings.Join(parts, ", ") + ")"
	}
	return fmt.Sprint(v)
}

// number writes what is a number in Go's shortest form.
func number(s string) string {
	if v, err := strconv.ParseFloat(s, 64); err == nil {
		return fmt.Sprint(v)
	}
	return s
}

// estimators are those whose defaults can be tried by fitting.
var estimators = []any{
	linear.Regression{}, linear.Ridge{}, linear.RidgeCV{}, linear.Lasso{}, linear.LassoCV{}, linear.ElasticNet{}, linear.ElasticNetCV{},
	linear.Logistic{}, linear.LogisticCV{}, linear.Poisson{}, linear.Gamma{}, linear.Tweedie{},
	tree.Classifier{}, tree.Regressor{}, tree.ForestClassifier{}, tree.ForestRegressor{}, tree.ExtraTreesClassifier{}, tree.ExtraTreesRegressor{},
	tree.BoostingClassifier{}, tree.BoostingRegressor{},
	svm.Classifier{}, svm.NuClassifier{}, svm.Regressor{}, svm.NuRegressor{}, svm.OneClass{}, svm.LinearClassifier{}, svm.LinearRegressor{},
	cluster.KMeans{}, cluster.MiniBatchKMeans{}, cluster.GaussianMixture{}, cluster.DBSCAN{},
	decomposition.PCA{}, decomposition.IncrementalPCA{}, decomposition.TruncatedSVD{},
	preprocess.StandardScaler{}, preprocess.MinMaxScaler{}, preprocess.RobustScaler{}, preprocess.Normalizer{}, preprocess.PowerTransformer{},
	preprocess.QuantileTransformer{}, preprocess.OneHot{}, preprocess.Ordinal{}, preprocess.KBins{}, preprocess.PolynomialFeatures{},
	preprocess.SimpleImputer{}, preprocess.VarianceThreshold{}, preprocess.SelectKBest{},
}

// The page says of ours what is true: the fields are there, a default that is a number
// is the same as scikit-learn's or bold, and to set a field to the number gives the
// model that the zero value gives, to the last bit.
func TestDefaultsOfOurs(t *testing.T) {
	zero := map[string]reflect.Value{}
	for _, e := range estimators {
		zero[strings.TrimPrefix(reflect.TypeOf(e).String(), "*")] = reflect.ValueOf(e)
	}
	declared, tried := declarations(t), 0
	alike := map[string]bool{}
	for name := range declared {
		alike[strings.ToLower(strings.TrimSuffix(name, "s"))] = true
	}
	for _, r := range parameterRows(t) {
		for _, p := range r.absent {
			if name := r.ours + "." + strings.ReplaceAll(p, "_", ""); alike[strings.ToLower(name)] {
				t.Errorf("%s of %s is named as absent, but there is %s", p, r.class, name)
			}
		}
		if len(r.entries) != len(r.params) {
			t.Errorf("%s: %d entries for %d parameters", r.class, len(r.entries), len(r.params))
			continue
		}
		plain, known := zero[r.ours]
		if !known && !strings.HasPrefix(r.ours, "model.") {
			t.Errorf("%s is not tried", r.ours)
		}
		var before []byte
		for i, entry := range r.entries {
			for _, field := range regexp.MustCompile("(its )?`(\\w+)`").FindAllStringSubmatch(entry, -1) {
				owner := r.ours
				if field[1] != "" {
					owner = "svm.Kernel"
				}
				if !declared[owner+"."+field[2]] {
					t.Errorf("%s has no %s", owner, field[2])
				}
			}
			m := regexp.MustCompile("^`(\\w+)` (\\*\\*)?([\\d,.e-]+)(\\*\\*)?(?:,.*)?$").FindStringSubmatch(entry)
			if m == nil {
				continue
			}
			value, err := strconv.ParseFloat(strings.TrimSuffix(strings.ReplaceAll(m[3], ",", ""), "."), 64)
			if err != nil {
				continue // a list
			}
			theirs, err := strconv.ParseFloat(r.values[i], 64)
			if err == nil && (theirs == value) == (m[2] != "") {
				t.Errorf("%s: %s is %v there and %v here", r.class, r.params[i], theirs, value)
			}
			if !known {
				continue
			}
			set := reflect.New(plain.Type()).Elem()
			set.Set(plain)
			switch f := set.FieldByName(m[1]); f.Kind() {
			case reflect.Int:
				f.SetInt(int64(value))
			case reflect.Float64:
				f.SetFloat(value)
			default:
				continue
			}
			if before == nil {
				before = fitted(t, plain)
			}
			tried++
			if !bytes.Equal(before, fitted(t, set)) {
				t.Errorf("%s: %s = %v is not the default", r.ours, m[1], value)
			}
		}
	}
	if tried < 60 {
		t.Errorf("only %d defaults were tried", tried)
	}
}

// fitted returns the saved model of an estimator, fitted on a small set of its kind.
func fitted(t *testing.T, estimator reflect.Value) []byte {
	t.Helper()
	fit := estimator.MethodByName("Fit")
	regression, _, err := dataset.MakeRegression(dataset.RegressionProblem{Samples: 60, Features: 12, Noise: 5, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, y := range regression.Y {
		regression.Y[i] = 1 + y*y/1e4 // positive, as some want it
	}
	var ds any
	switch fit.Type().In(1) {
	case reflect.TypeFor[*dataset.Regression]():
		ds = regression
	case reflect.TypeFor[*dataset.Unlabeled]():
		ds = regression.Unlabeled()
	default:
		classes := &dataset.Classification{X: regression.X}
		for _, y := range regression.Y {
			classes.Y = append(classes.Y, min(1, int(y)/3))
		}
		ds = classes
	}
	out := fit.Call([]reflect.Value{reflect.ValueOf(context.Background()), reflect.ValueOf(ds)})
	if !out[1].IsNil() {
		t.Fatalf("%v: %v", estimator.Type(), out[1])
	}
	var saved bytes.Buffer
	if err := model.Save(&saved, out[0].Interface()); err != nil {
		t.Fatalf("%v: %v", estimator.Type(), err)
	}
	return saved.Bytes()
}
