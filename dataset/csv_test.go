package dataset_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/dataset"
)

var nan = math.NaN()

func TestReadClassification(t *testing.T) {
	const text = "a,b,colour,label\n1,2.5,red,yes\n-3e2,NA,\"dark, \"\"blue\"\"\",no\n4,,?,yes\n"
	want := &dataset.Classification{
		X: mat.NewDense(3, 3, []float64{1, 2.5, 1, -300, nan, 0, 4, nan, nan}),
		Y: []int{1, 0, 1},
		Schema: dataset.Schema{
			Features: []string{"a", "b", "colour"},
			Levels:   [][]string{nil, nil, {`dark, "blue"`, "red"}},
			Target:   "label",
			Classes:  []string{"no", "yes"},
		},
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	fmt.Fprint(z, text)
	z.Close()
	for name, in := range map[string]string{
		"plain":        text,
		"mark":         "\ufeff" + text,
		"CRLF":         strings.ReplaceAll(text, "\n", "\r\n"),
		"no last line": strings.TrimSuffix(text, "\n"),
		"empty lines":  "\n" + strings.ReplaceAll(text, "\n", "\n\n"),
		"gzip":         zipped.String(),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := dataset.CSV{}.ReadClassification(strings.NewReader(in))
			if err != nil {
				t.Fatal(err)
			}
			diff(t, got, want)
		})
	}
}

func diff(t *testing.T, got, want any) {
	t.Helper()
	dense := cmp.Transformer("Dense", func(m *mat.Dense) [][]float64 {
		if m == nil {
			return nil
		}
		n, _ := m.Dims()
		rows := make([][]float64, n)
		for i := range rows {
			rows[i] = m.RawRowView(i)
		}
		return rows
	})
	if d := cmp.Diff(want, got, dense, cmpopts.EquateNaNs()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestCSVOptions(t *testing.T) {
	classes := func(x []float64, p int, y []int, schema dataset.Schema) *dataset.Classification {
		return &dataset.Classification{X: mat.NewDense(len(x)/p, p, x), Y: y, Schema: schema}
	}
	for _, c := range []struct {
		name, text string
		csv        dataset.CSV
		want       *dataset.Classification
	}{
		{"target by name", "y,x\nb,1\na,2\n", dataset.CSV{Target: "y"},
			classes([]float64{1, 2}, 1, []int{1, 0}, dataset.Schema{Features: []string{"x"}, Target: "y", Classes: []string{"a", "b"}})},
		{"target by position", "y,x\nb,1\na,2\n", dataset.CSV{Target: "1"},
			classes([]float64{1, 2}, 1, []int{1, 0}, dataset.Schema{Features: []string{"x"}, Target: "y", Classes: []string{"a", "b"}})},
		{"target by position from the end", "x,y,z\n1,b,3\n2,a,4\n", dataset.CSV{Target: "-2"},
			classes([]float64{1, 3, 2, 4}, 2, []int{1, 0}, dataset.Schema{Features: []string{"x", "z"}, Target: "y", Classes: []string{"a", "b"}})},
		{"a name goes before a position", "2,1\n1,b\n2,a\n", dataset.CSV{Target: "1"},
			classes([]float64{1, 2}, 1, []int{1, 0}, dataset.Schema{Features: []string{"2"}, Target: "1", Classes: []string{"a", "b"}})},
		{"no header", "1,b\n2,a\n", dataset.CSV{NoHeader: true},
			classes([]float64{1, 2}, 1, []int{1, 0}, dataset.Schema{Classes: []string{"a", "b"}})},
		{"numeric labels", "x,y\n1,10\n2,9\n3,10\n", dataset.CSV{},
			classes([]float64{1, 2, 3}, 1, []int{1, 0, 1}, dataset.Schema{Features: []string{"x"}, Target: "y", Classes: []string{"9", "10"}})},
		{"semicolon", "x;y\n1;a\n", dataset.CSV{Comma: ';'},
			classes([]float64{1}, 1, []int{0}, dataset.Schema{Features: []string{"x"}, Target: "y", Classes: []string{"a"}})},
		{"tab", "x\tz\ty\n1\t\ta\n", dataset.CSV{Comma: '\t'},
			classes([]float64{1, nan}, 2, []int{0}, dataset.Schema{Features: []string{"x", "z"}, Target: "y", Classes: []string{"a"}})},
		{"wide comma", "x→y\n1→a\n", dataset.CSV{Comma: '→'},
			classes([]float64{1}, 1, []int{0}, dataset.Schema{Features: []string{"x"}, Target: "y", Classes: []string{"a"}})},
		{"ignored columns", "id,x,note,y\n7,1,hm,a\n", dataset.CSV{Ignore: []string{"id", "3"}},
			classes([]float64{1}, 1, []int{0}, dataset.Schema{Features: []string{"x"}, Target: "y", Classes: []string{"a"}})},
		{"categorical numbers", "x,y\n10,a\n9,a\n-1,a\n", dataset.CSV{Categorical: []string{"x"}},
			classes([]float64{2, 1, 0}, 1, []int{0, 0, 0}, dataset.Schema{Features: []string{"x"}, Levels: [][]string{{"-1", "9", "10"}}, Target: "y", Classes: []string{"a"}})},
		{"missing cells", "x,z,y\n-999,NA,a\n1,NaN,a\n", dataset.CSV{Missing: []string{"-999"}, Categorical: []string{"z"}},
			classes([]float64{nan, 0, 1, 1}, 2, []int{0, 0}, dataset.Schema{Features: []string{"x", "z"}, Levels: [][]string{nil, {"NA", "NaN"}}, Target: "y", Classes: []string{"a"}})},
		{"all missing", "x,y\nNA,a\n,a\n", dataset.CSV{},
			classes([]float64{nan, nan}, 1, []int{0, 0}, dataset.Schema{Features: []string{"x"}, Target: "y", Classes: []string{"a"}})},
		{"like", "z,extra,y,x\nq,1,no,5\np,2,no,6\n", dataset.CSV{Like: dataset.Schema{
			Features: []string{"x", "z"}, Levels: [][]string{nil, {"q", "p"}}, Target: "y", Classes: []string{"yes", "no"}}},
			classes([]float64{5, 0, 6, 1}, 2, []int{1, 1}, dataset.Schema{Features: []string{"x", "z"}, Levels: [][]string{nil, {"q", "p"}}, Target: "y", Classes: []string{"yes", "no"}})},
		{"like without header", "5,no\n", dataset.CSV{NoHeader: true, Like: dataset.Schema{Features: []string{"x"}, Target: "y", Classes: []string{"yes", "no"}}},
			classes([]float64{5}, 1, []int{1}, dataset.Schema{Features: []string{"x"}, Target: "y", Classes: []string{"yes", "no"}})},
		{"like classes only", "x,y\n5,no\n", dataset.CSV{Like: dataset.Schema{Classes: []string{"yes", "no"}}},
			classes([]float64{5}, 1, []int{1}, dataset.Schema{Features: []string{"x"}, Target: "y", Classes: []string{"yes", "no"}})},
		{"blanks around cells", "x, z ,y\n 1 , 2 , a\n", dataset.CSV{},
			classes([]float64{1, 2}, 2, []int{0}, dataset.Schema{Features: []string{"x", "z"}, Target: "y", Classes: []string{"a"}})},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.csv.ReadClassification(strings.NewReader(c.text))
			if err != nil {
				t.Fatal(err)
			}
			diff(t, got, c.want)
		})
	}

	regression, err := dataset.CSV{Weights: "w", Target: "y"}.ReadRegression(strings.NewReader("w,x,y\n2,1,0.5\n0,7,-1\n"))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, regression, &dataset.Regression{X: mat.NewDense(2, 1, []float64{1, 7}), Y: []float64{0.5, -1}, Weights: []float64{2, 0}, Schema: dataset.Schema{Features: []string{"x"}, Target: "y"}})

	unlabeled, err := dataset.CSV{Target: "y"}.ReadUnlabeled(strings.NewReader("x,y,z\n1,a,2\n"))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, unlabeled, &dataset.Unlabeled{X: mat.NewDense(1, 2, []float64{1, 2}), Schema: dataset.Schema{Features: []string{"x", "z"}}})
}

func TestCSVErrors(t *testing.T) {
	classify := func(c dataset.CSV, text string) error {
		_, err := c.ReadClassification(strings.NewReader(text))
		return err
	}
	regress := func(c dataset.CSV, text string) error {
		_, err := c.ReadRegression(strings.NewReader(text))
		return err
	}
	for _, c := range []struct {
		name string
		read func(dataset.CSV, string) error
		csv  dataset.CSV
		in   string
		is   error
		text string
	}{
		{"text in a column of numbers", classify, dataset.CSV{}, "a,b,y\n1,2,p\n3,4,q\n5,abc,p\n", nil, `line 4, column 2 (b): "abc" is not a number`},
		{"a number in a column of text", classify, dataset.CSV{}, "a,b,y\n1,x,p\n3,4,q\n", nil, `line 3, column 2 (b): 4 is a number`},
		{"without a header", classify, dataset.CSV{NoHeader: true}, "1,2,p\n3,x,q\n", nil, `line 2, column 2: "x" is not a number`},
		{"after a quoted newline", classify, dataset.CSV{}, "a,y\n1,\"p\nq\"\nx,r\n", nil, "line 4, column 1 (a)"},
		{"infinite", classify, dataset.CSV{}, "a,y\n1,p\n-Inf,q\n", dataset.ErrNotFinite, "line 3, column 1 (a)"},
		{"out of range", classify, dataset.CSV{}, "a,y\n1e999,q\n", dataset.ErrNotFinite, "line 2, column 1 (a)"},
		{"short row", classify, dataset.CSV{}, "a,b,y\n1,2,p\n3,q\n", dataset.ErrShape, "line 3: shapes do not agree: 2 fields, want 3"},
		{"long row", classify, dataset.CSV{}, "a,y\n1,p\n3,q,4\n", dataset.ErrShape, "line 3"},
		{"short quoted row", classify, dataset.CSV{}, "a,b,y\n1,2,\"p\"\n\n3,\"q\"\n", dataset.ErrShape, "line 4: shapes do not agree: 2 fields, want 3"},
		{"empty", classify, dataset.CSV{}, "", dataset.ErrEmpty, ""},
		{"only a mark", classify, dataset.CSV{}, "\ufeff", dataset.ErrEmpty, ""},
		{"only empty lines", classify, dataset.CSV{}, "\n\r\n\n", dataset.ErrEmpty, ""},
		{"no rows", classify, dataset.CSV{}, "a,y\n", dataset.ErrEmpty, "no samples"},
		{"no features", classify, dataset.CSV{}, "y\np\n", dataset.ErrEmpty, "no column is a feature"},
		{"another delimiter", classify, dataset.CSV{}, "a;b;y\n1;2;p\n", dataset.ErrEmpty, `is the delimiter of "a;b;y" another? See Comma`},
		{"no such target", classify, dataset.CSV{Target: "species"}, "a,y\n1,p\n", nil, `parameter Target is "species", want a position from 1 to 2 or one of the column names ["a" "y"]`},
		{"no such position", classify, dataset.CSV{Target: "3"}, "a,y\n1,p\n", nil, "parameter Target"},
		{"ambiguous", classify, dataset.CSV{Target: "y"}, "y,a,y\np,1,q\n", nil, "occurs once"},
		{"missing label", classify, dataset.CSV{}, "a,y\n1,p\n2,\n", dataset.ErrClasses, "line 3, column 2 (y): bad class labels: the label is missing"},
		{"missing target", regress, dataset.CSV{}, "a,y\n1,2\n2,NA\n", dataset.ErrNotFinite, "line 3, column 2 (y)"},
		{"text target", regress, dataset.CSV{}, "a,y\n1,2\n2,p\n", nil, `line 3, column 2 (y): "p" is not a number`},
		{"negative weight", regress, dataset.CSV{Weights: "w"}, "a,w,y\n1,2,3\n1,-2,3\n", dataset.ErrWeights, "line 3, column 2 (w)"},
		{"zero weights", regress, dataset.CSV{Weights: "w"}, "a,w,y\n1,0,3\n", dataset.ErrWeights, "column 2 (w)"},
		{"weights are the target", regress, dataset.CSV{Weights: "y"}, "a,y\n1,3\n", nil, "another column than the target"},
		{"open quote", classify, dataset.CSV{}, "a,y\n1,p\n2,\"q\n3,r\n", nil, "in the record from line 3"},
		{"bare quote", classify, dataset.CSV{}, "a,y\n1,p\n2,q\"\n3,r\n", nil, "line 3"},
		{"comma", classify, dataset.CSV{Comma: '"'}, "a,y\n1,p\n", nil, "parameter Comma"},
		{"unknown level", classify, dataset.CSV{Like: dataset.Schema{Features: []string{"a"}, Levels: [][]string{{"p"}}}}, "a,y\np,1\nq,1\n", nil, `line 3, column 1 (a): "q" is not one of the 1 levels of Like`},
		{"unknown class", classify, dataset.CSV{Like: dataset.Schema{Classes: []string{"p"}}}, "a,y\n1,p\n1,q\n", dataset.ErrClasses, "line 3, column 2 (y)"},
		{"unknown column", classify, dataset.CSV{Like: dataset.Schema{Features: []string{"b"}}}, "a,y\n1,p\n", nil, "Like.Features"},
		{"not gzip", classify, dataset.CSV{}, "\x1f\x8bxyz", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.read(c.csv, c.in)
			if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("err = %v, want %q", err, c.text)
			}
		})
	}
	if _, err := (dataset.CSV{}).ReadRegressionFile(filepath.Join(t.TempDir(), "none.csv")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	var parameter *dataset.ParamError
	if err := classify(dataset.CSV{Target: "z"}, "a,y\n1,p\n"); !errors.As(err, &parameter) || parameter.Field != "Target" {
		t.Errorf("no such target: %v", err)
	}
}

// Text of many blocks, which are parsed in parallel, reads as one: with what
// conflicts across blocks found at its line.
func TestCSVBlocks(t *testing.T) {
	const rows = 120000
	var text strings.Builder
	text.WriteString("number,word,quoted,label\n")
	for i := range rows {
		fmt.Fprintf(&text, "%d.25,w%d,\"a\n%d\",c%d\n", i, (i/1000)*7%100, i%3, i%5)
	}
	d, err := dataset.CSV{}.ReadClassification(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	if d.Len() != rows || len(d.Levels[1]) != 100 || len(d.Classes) != 5 {
		t.Fatalf("%d rows, %d words, %d classes", d.Len(), len(d.Levels[1]), len(d.Classes))
	}
	for i := range rows {
		word, quoted := d.Levels[1][int(d.X.At(i, 1))], d.Levels[2][int(d.X.At(i, 2))]
		if d.X.At(i, 0) != float64(i)+0.25 || word != fmt.Sprintf("w%d", (i/1000)*7%100) || quoted != fmt.Sprintf("a\n%d", i%3) || d.Classes[d.Y[i]] != fmt.Sprintf("c%d", i%5) {
			t.Fatalf("row %d is %v, %q", i, d.X.RawRowView(i), word)
		}
	}
	at := strings.Index(text.String(), "\n100000.25,")
	broken := text.String()[:at+1] + "stray" + text.String()[at+len("\n100000.25"):]
	if _, err := (dataset.CSV{}).ReadClassification(strings.NewReader(broken)); err == nil || !strings.Contains(err.Error(), `line 200002, column 1 (number): "stray" is not a number`) {
		t.Errorf("a stray word: %v", err)
	}
	// The first cells of a block are of the other kind.
	mixed := "x,y\n" + strings.Repeat("1,a\n", 1<<19) + strings.Repeat("one,a\n", 1<<19)
	if _, err := (dataset.CSV{}).ReadClassification(strings.NewReader(mixed)); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("line %d, column 1 (x)", 1<<19+2)) {
		t.Errorf("words after numbers: %v", err)
	}
	long := "x,y\n1,\"" + strings.Repeat("long\n", 1<<19) + "\"\n2,b\n"
	d, err = dataset.CSV{}.ReadClassification(strings.NewReader(long))
	if err != nil || d.Len() != 2 || len(d.Classes[1]) != 5<<19 {
		t.Errorf("a record of several blocks: %v", err)
	}
}

func TestWriteCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, p := rapid.IntRange(1, 20).Draw(t, "n"), rapid.IntRange(1, 4).Draw(t, "p")
		name := rapid.StringMatching(`[a-z ,;"\n→]{0,5}[a-z]`).Filter(func(s string) bool { return s != "nan" && s != "null" })
		schema := dataset.Schema{Target: "the target", Classes: rapid.SliceOfNDistinct(name, 3, 3, rapid.ID).Draw(t, "classes"), Levels: make([][]string, p)}
		x := mat.NewDense(n, p, nil)
		for j := range p {
			schema.Features = append(schema.Features, fmt.Sprint("f", j))
			value := rapid.OneOf(rapid.Float64(), rapid.Just(nan), rapid.Just(math.Copysign(0, -1)))
			if rapid.Bool().Draw(t, "categorical") {
				schema.Levels[j] = rapid.SliceOfNDistinct(name, 2, 2, rapid.ID).Draw(t, "levels")
				value = rapid.SampledFrom([]float64{0, 1, nan})
			}
			for i := range n {
				x.Set(i, j, value.Draw(t, "value"))
			}
		}
		c := dataset.CSV{
			Comma:    rapid.SampledFrom([]rune{0, ';', '\t', '→'}).Draw(t, "comma"),
			NoHeader: rapid.Bool().Draw(t, "no header"),
			Like:     schema,
		}
		classes := &dataset.Classification{X: x, Y: rapid.SliceOfN(rapid.IntRange(0, 2), n, n).Draw(t, "y"), Schema: schema}
		var text bytes.Buffer
		if err := classes.WriteCSV(&text, c); err != nil {
			t.Fatal(err)
		}
		got, err := c.ReadClassification(&text)
		if err != nil {
			t.Fatal(err)
		}
		if !equal(got, classes) {
			t.Fatalf("%v, want %v", got, classes)
		}

		schema.Classes = nil
		c.Like, c.Weights = schema, "-2"
		finite := rapid.Float64Range(-1e300, 1e300)
		numbers := &dataset.Regression{X: x, Y: rapid.SliceOfN(finite, n, n).Draw(t, "y"), Schema: schema}
		numbers.Weights = append(rapid.SliceOfN(rapid.Float64Range(0, 10), n-1, n-1).Draw(t, "weights"), 1)
		if err := numbers.WriteCSV(&text, c); err != nil {
			t.Fatal(err)
		}
		again, err := c.ReadRegression(&text)
		if err != nil {
			t.Fatal(err)
		}
		if !equal(again, numbers) {
			t.Fatalf("%v, want %v", again, numbers)
		}
	})
}

// equal reports whether two data sets are the same bit for bit.
func equal[T dataset.Target](a, b *dataset.Dataset[T]) bool {
	an, ap := a.Dims()
	bn, bp := b.Dims()
	same := func(v, w float64) bool { return math.Float64bits(v) == math.Float64bits(w) || v != v && w != w }
	if an != bn || ap != bp || !slices.EqualFunc(a.X.RawMatrix().Data, b.X.RawMatrix().Data, same) || !slices.EqualFunc(a.Weights, b.Weights, same) {
		return false
	}
	for j := range ap {
		if a.Levels != nil && b.Levels != nil && !slices.Equal(a.Levels[j], b.Levels[j]) {
			return false
		}
	}
	return reflect.DeepEqual(a.Y, b.Y) && slices.Equal(a.Features, b.Features) && a.Target == b.Target && slices.Equal(a.Classes, b.Classes)
}

func TestWriteCSVRefuses(t *testing.T) {
	d := &dataset.Classification{X: mat.NewDense(1, 1, []float64{1}), Y: []int{0}, Schema: dataset.Schema{Levels: [][]string{{"a", "NA"}}, Classes: []string{"p"}}}
	if err := d.WriteCSV(&bytes.Buffer{}, dataset.CSV{}); !errors.Is(err, dataset.ErrShape) {
		t.Errorf("a level that reads as missing: %v", err)
	}
	d.Levels = [][]string{{"a"}}
	if err := d.WriteCSV(&bytes.Buffer{}, dataset.CSV{}); !errors.Is(err, dataset.ErrShape) {
		t.Errorf("a level without a name: %v", err)
	}
	if err := (&dataset.Regression{}).WriteCSV(&bytes.Buffer{}, dataset.CSV{}); !errors.Is(err, dataset.ErrEmpty) {
		t.Errorf("nothing: %v", err)
	}
	d.Levels = nil
	if err := d.WriteCSV(failing{}, dataset.CSV{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a writer that fails: %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }

// FuzzReadCSV reads arbitrary text: no input may panic, and what is read can be
// written and read again.
func FuzzReadCSV(f *testing.F) {
	f.Add([]byte("a,b,y\n1,x,p\n2,\"z \"\"q\"\"\",r\n"), false, ',')
	f.Add([]byte("\ufeff1;2;3\r\n4;NA;6\r\n"), true, ';')
	f.Add([]byte("a\tb\n\n1\t\n"), false, '\t')
	f.Add([]byte("\x1f\x8b\x08"), false, ',')
	f.Fuzz(func(t *testing.T, text []byte, noHeader bool, comma rune) {
		c := dataset.CSV{NoHeader: noHeader, Comma: comma}
		if d, err := c.ReadUnlabeled(bytes.NewReader(text)); err == nil {
			if err := d.ValidateMissing(); err != nil {
				t.Fatal(err)
			}
		}
		if d, err := c.ReadRegression(bytes.NewReader(text)); err == nil {
			if err := d.ValidateMissing(); err != nil {
				t.Fatal(err)
			}
		}
		d, err := c.ReadClassification(bytes.NewReader(text))
		if err != nil {
			return
		}
		if err := d.ValidateMissing(); err != nil {
			t.Fatal(err)
		}
		names := slices.Concat(append(slices.Clone(d.Levels), d.Classes, d.Features, []string{d.Target})...)
		if slices.ContainsFunc(names, func(s string) bool {
			return s == "" || s != strings.TrimSpace(s) || strings.Contains(s, "\r")
		}) {
			return // encoding/csv does not keep these
		}
		distinct := slices.Clone(d.Features)
		slices.Sort(distinct)
		if !noHeader && (len(slices.Compact(distinct)) != len(d.Features) || slices.Contains(d.Features, d.Target)) {
			return
		}
		var written bytes.Buffer
		if err := d.WriteCSV(&written, c); err != nil {
			t.Fatal(err)
		}
		c.Like = d.Schema
		again, err := c.ReadClassification(bytes.NewReader(written.Bytes()))
		if err != nil {
			t.Fatalf("%v\n%q", err, written.Bytes())
		}
		if !equal(d, again) {
			t.Fatalf("%v\n%v", d, again)
		}
	})
}
