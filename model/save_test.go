package model_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/tree"
)

// file returns a file with the given body and a right checksum.
func file(body []byte) []byte {
	f := append([]byte("\x89SAPWOOD\n\x01"), binary.BigEndian.AppendUint64(nil, uint64(len(body)))...)
	f = append(f, body...)
	sum := sha256.Sum256(f)
	return append(f, sum[:]...)
}

func TestLoadRefuses(t *testing.T) {
	var saved bytes.Buffer
	if err := model.Save(&saved, fitted(t)["model.Pipeline(int)-1"]); err != nil {
		t.Fatal(err)
	}
	good := saved.Bytes()
	state := func(kind string, version int, state any) []byte {
		body, err := cbor.Marshal([]any{kind, version, state})
		if err != nil {
			t.Fatal(err)
		}
		return file(body)
	}
	claims := slices.Clone(good)
	binary.BigEndian.PutUint64(claims[10:], 1<<62)
	nested := append(bytes.Repeat([]byte{0x81}, 100000), 0xf6)
	overflowing, err := mat.NewDense(4, 2, nil).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(overflowing) - 8 {
		if binary.LittleEndian.Uint64(overflowing[i:]) == 4 {
			binary.LittleEndian.PutUint64(overflowing[i:], 1<<63+4) // × 2 columns is 8 again
			break
		}
	}
	for name, in := range map[string][]byte{
		"empty":            nil,
		"foreign":          []byte("PK\x03\x04 and so on, for longer than the header is"),
		"layout version":   append([]byte("\x89SAPWOOD\n\x02"), good[10:]...),
		"claimed length":   claims,
		"nesting":          file(nested),
		"no body":          file(nil),
		"claimed array":    file([]byte{0x9b, 0x3f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
		"unknown kind":     state("no.Such", 1, nil),
		"newer version":    state("linear.Logistic", 1000, nil),
		"null":             state("linear.Logistic", 1, nil),
		"no fields":        state("linear.Logistic", 1, map[string]any{}),
		"unknown field":    state("linear.Logistic", 1, map[string]any{"Exploit": 1}),
		"matrix overflow":  state("linear.Logistic", 1, map[string]any{"Coef": overflowing, "Intercept": []float64{0}}),
		"lengths differ":   state("preprocess.StandardScaler", 1, map[string]any{"Mean": []float64{1}, "Var": []float64{1}, "Scale": []float64{1}, "Offset": []float64{1, 2}}),
		"missing parts":    state("model.Pipeline(int)", 1, map[string]any{}),
		"part of any kind": state("model.Chain", 1, map[string]any{"First": []any{"linear.Regression", 1, map[string]any{"Coef": []float64{1}}}}),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := model.Load[any](bytes.NewReader(in))
			if !errors.Is(err, model.ErrFormat) {
				t.Errorf("err = %v, want one that is %v", err, model.ErrFormat)
			}
			if d := time.Since(start); d > 20*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
	for i := 0; i < len(good); i += 1 + i/100 {
		flipped := slices.Clone(good)
		flipped[i] ^= 1 << (i % 8)
		if _, err := model.Load[any](bytes.NewReader(flipped)); !errors.Is(err, model.ErrFormat) {
			t.Fatalf("bit %d of byte %d flipped: err = %v", i%8, i, err)
		}
		if _, err := model.Load[any](bytes.NewReader(good[:i])); !errors.Is(err, model.ErrFormat) {
			t.Fatalf("cut after %d bytes: err = %v", i, err)
		}
	}
	_, err = model.Load[*linear.LogisticModel](bytes.NewReader(good))
	if err == nil || !strings.Contains(err.Error(), "it holds a model.Pipeline(int)") {
		t.Errorf("a pipeline as a logistic model: %v", err)
	}
	if _, err := model.Load[*model.PipelineModel[*preprocess.StandardScalerModel, *tree.ClassifierModel, int]](bytes.NewReader(good)); err == nil {
		t.Error("a pipeline as another pipeline")
	}
	if err := model.Save(&bytes.Buffer{}, struct{}{}); err == nil {
		t.Error("a type that is not registered was saved")
	}
	if err := model.Save(&bytes.Buffer{}, (*linear.LogisticModel)(nil)); err == nil {
		t.Error("no model was saved")
	}
	if _, err := model.LoadFile[any](filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// A save that fails leaves the old file as it was, and no other.
func TestSaveFileIsAtomic(t *testing.T) {
	directory := t.TempDir()
	name := filepath.Join(directory, "model")
	if err := os.WriteFile(name, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := model.SaveFile(name, struct{}{}); err == nil {
		t.Error("a type that is not registered was saved")
	}
	if old, _ := os.ReadFile(name); string(old) != "old" {
		t.Errorf("the file has become %q", old)
	}
	if entries, _ := os.ReadDir(directory); len(entries) != 1 {
		t.Errorf("%d files", len(entries))
	}
}

// strange is a model of floats that are easily lost.
type strange struct {
	Values []float64
	Name   string
}

func init() { model.Register("test.strange", 1, func(*strange) error { return nil }) }

func TestFloatsSurviveBitForBit(t *testing.T) {
	in := &strange{Name: "\xff is no UTF-8", Values: []float64{
		0, math.Copysign(0, -1), 0.1, 1, 2.5, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1),
		math.NaN(), math.Float64frombits(0x7ff8dead_beef0001), math.Float64frombits(0xfff00000_00000001),
	}}
	var file bytes.Buffer
	if err := model.Save(&file, in); err != nil {
		t.Fatal(err)
	}
	out, err := model.Load[*strange](&file)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range in.Values {
		if a, b := math.Float64bits(v), math.Float64bits(out.Values[i]); a != b {
			t.Errorf("%v: %x has become %x", v, a, b)
		}
	}
	if out.Name != in.Name {
		t.Errorf("the name has become %q", out.Name)
	}
}

// FuzzLoad loads arbitrary files, and bodies with a right frame: whatever is in
// them, Load returns, and what it returns can be used.
func FuzzLoad(f *testing.F) {
	names, err := filepath.Glob("testdata/saved/*.model")
	if err != nil || len(names) == 0 {
		f.Fatal("no golden files", err)
	}
	for _, name := range names {
		saved, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(saved, false)
		f.Add(saved[18:len(saved)-32], true)
	}
	x := dataset.Iris().X
	f.Fuzz(func(t *testing.T, in []byte, framed bool) {
		if framed {
			in = file(in)
		}
		m, err := model.Load[any](bytes.NewReader(in))
		if err != nil {
			if !errors.Is(err, model.ErrFormat) {
				t.Fatalf("%v is not an ErrFormat", err)
			}
			return
		}
		switch p := m.(type) {
		case model.Predictor[int]:
			_, _ = p.Predict(x)
			_, _ = p.PredictRow(x.RawRowView(0))
		case model.Predictor[float64]:
			_, _ = p.Predict(x)
			_, _ = p.PredictRow(x.RawRowView(0))
		}
		if p, ok := m.(model.ProbabilityPredictor); ok {
			_, _ = p.PredictProba(x)
		}
		if p, ok := m.(model.DecisionFunction); ok {
			_, _ = p.Decision(x)
		}
		if p, ok := m.(model.Transformer); ok {
			_, _ = p.Transform(x)
		}
		if p, ok := m.(model.InverseTransformer); ok {
			_, _ = p.InverseTransform(x)
		}
		if p, ok := m.(model.RowProbabilityPredictor); ok {
			_, _ = p.PredictProbaRow(nil, x.RawRowView(0))
		}
		if p, ok := m.(model.RowDecisionFunction); ok {
			_, _ = p.DecisionRow(nil, x.RawRowView(0))
		}
		if p, ok := m.(model.RowTransformer); ok {
			_, _ = p.TransformRow(nil, x.RawRowView(0))
		}
		if p, ok := m.(model.FeatureNamer); ok {
			p.Output()
		}
		if err := model.Save(&bytes.Buffer{}, m); err != nil {
			t.Fatal(fmt.Errorf("what was loaded cannot be saved: %w", err))
		}
	})
}
