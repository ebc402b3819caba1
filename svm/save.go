package svm

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// savedExpansion is the format in which support vectors are saved.
type savedExpansion struct {
	SupportVectors *mat.Dense
	Support        []int
	DualCoef       *mat.Dense
	Intercept      []float64
	Features       int
	Kind           KernelKind
	Gamma, Coef0   float64
	Degree         int
	Func           *customKernel
}

// customKernel stands for a kernel that is a function.
type customKernel struct{}

var errCustomKernel = errors.New("svm: a model whose kernel is a Go function cannot be saved")

func (customKernel) MarshalCBOR() ([]byte, error) { return nil, errCustomKernel }
func (*customKernel) UnmarshalCBOR([]byte) error  { return errCustomKernel }

func saved(k Kernel, vectors *mat.Dense, support []int, coef *mat.Dense, intercept []float64, features int) savedExpansion {
	s := savedExpansion{
		SupportVectors: vectors, Support: support, DualCoef: coef, Intercept: intercept, Features: features,
		Kind: k.Kind, Gamma: k.Gamma, Coef0: k.Coef0, Degree: k.Degree,
	}
	if k.Func != nil {
		s.Func = new(customKernel)
	}
	return s
}

func (s savedExpansion) kernel() Kernel {
	return Kernel{Kind: s.Kind, Gamma: s.Gamma, Coef0: s.Coef0, Degree: s.Degree}
}

// check reports whether the parts agree with each other and with a schema.
func (s savedExpansion) check(schema dataset.Schema, outputs int) error {
	if err := dataset.CheckSchema(schema, s.Features); err != nil {
		return err
	}
	k := s.kernel()
	if k.Kind < RBF || k.Kind > Precomputed || math.IsNaN(k.Gamma) || k.Kind == Polynomial && k.Degree < 1 {
		return wrongShape("kernel %+v", k)
	}
	n := len(s.Support)
	for _, row := range s.Support {
		if row < 0 || k.Kind == Precomputed && row >= s.Features {
			return wrongShape("a support vector is row %d", row)
		}
	}
	if n == 0 {
		if s.SupportVectors != nil || s.DualCoef != nil {
			return wrongShape("no support, but support vectors or coefficients")
		}
		return nil
	}
	if s.DualCoef == nil {
		return wrongShape("no coefficients")
	}
	if r, c := s.DualCoef.Dims(); r != outputs || c != n {
		return wrongShape("%d × %d coefficients of %d support vectors, want %d rows", r, c, n, outputs)
	}
	if (s.SupportVectors == nil) != (k.Kind == Precomputed) {
		return wrongShape("support vectors missing, or of a precomputed kernel")
	}
	if s.SupportVectors != nil {
		if r, c := s.SupportVectors.Dims(); r != n || c != s.Features {
			return wrongShape("%d × %d support vectors, want %d × %d", r, c, n, s.Features)
		}
	}
	return nil
}

type savedClassifier struct {
	savedExpansion
	SupportCounts []int
	Pairs         []model.Convergence
	Convergence   model.Convergence
	BreakTies     bool
	Sigmoids      [][2]float64
	Schema        dataset.Schema
	OneVsRest     bool
}

type savedSingle struct {
	savedExpansion
	Convergence model.Convergence
	Epsilon     float64
	Schema      dataset.Schema
}

func init() {
	model.RegisterState("svm.Regressor", 1, (*RegressorModel).saved, savedSingle.regressor)
	model.RegisterState("svm.OneClass", 1, (*OneClassModel).saved, savedSingle.oneClass)
	model.RegisterState("svm.Classifier", 1, (*ClassifierModel).saved, savedClassifier.model)
}

func (m *ClassifierModel) saved() savedClassifier {
	return savedClassifier{
		saved(m.Kernel, m.SupportVectors, m.Support, m.DualCoef, m.Intercept, m.features),
		m.SupportCounts, m.Pairs, m.Convergence, m.BreakTies, m.Sigmoids, m.Schema, m.OneVsRest,
	}
}

func (s savedClassifier) model() (*ClassifierModel, error) {
	classes := len(s.SupportCounts)
	total := 0
	for _, n := range s.SupportCounts {
		if n < 0 || n > len(s.Support) {
			return nil, wrongShape("%d support vectors of a class", n)
		}
		total += n
	}
	machines, outputs := classes*(classes-1)/2, classes-1
	if s.OneVsRest {
		machines, outputs = classes, classes
	}
	if classes < 2 || total != len(s.Support) || len(s.Intercept) != machines || len(s.Pairs) != machines ||
		s.Sigmoids != nil && len(s.Sigmoids) != machines ||
		s.Schema.Classes != nil && len(s.Schema.Classes) != classes {
		return nil, wrongShape("%d classes with %d support vectors, %d machines, %d names", classes, total, len(s.Pairs), len(s.Schema.Classes))
	}
	if err := s.check(s.Schema, outputs); err != nil {
		return nil, err
	}
	m := &ClassifierModel{
		SupportVectors: s.SupportVectors, Support: s.Support, SupportCounts: s.SupportCounts, DualCoef: s.DualCoef,
		Intercept: s.Intercept, Pairs: s.Pairs, Convergence: s.Convergence, Kernel: s.kernel(), BreakTies: s.BreakTies,
		Sigmoids: s.Sigmoids, OneVsRest: s.OneVsRest, Schema: s.Schema, features: s.Features,
	}
	m.prepare()
	return m, nil
}

func (m *RegressorModel) saved() savedSingle {
	return savedSingle{
		saved(m.Kernel, m.SupportVectors, m.Support, rowMatrix(m.DualCoef), []float64{m.Intercept}, m.features),
		m.Convergence, m.Epsilon, m.Schema,
	}
}

func (m *OneClassModel) saved() savedSingle {
	return savedSingle{
		saved(m.Kernel, m.SupportVectors, m.Support, rowMatrix(m.DualCoef), []float64{m.Intercept}, m.features),
		m.Convergence, 0, m.Schema,
	}
}

// check reports whether s is a model with one row of coefficients, which it returns.
func (s savedSingle) check() (coef []float64, err error) {
	if len(s.Intercept) != 1 {
		return nil, wrongShape("%d intercepts", len(s.Intercept))
	}
	if err := s.savedExpansion.check(s.Schema, 1); err != nil {
		return nil, err
	}
	if s.DualCoef != nil {
		coef = s.DualCoef.RawRowView(0)
	}
	return coef, nil
}

func (s savedSingle) regressor() (*RegressorModel, error) {
	coef, err := s.check()
	if err != nil {
		return nil, err
	}
	m := &RegressorModel{
		SupportVectors: s.SupportVectors, Support: s.Support, DualCoef: coef, Intercept: s.Intercept[0],
		Convergence: s.Convergence, Kernel: s.kernel(), Epsilon: s.Epsilon, Schema: s.Schema, features: s.Features,
	}
	m.prepare()
	return m, nil
}

func (s savedSingle) oneClass() (*OneClassModel, error) {
	coef, err := s.check()
	if err != nil {
		return nil, err
	}
	m := &OneClassModel{
		SupportVectors: s.SupportVectors, Support: s.Support, DualCoef: coef, Intercept: s.Intercept[0],
		Convergence: s.Convergence, Kernel: s.kernel(), Schema: s.Schema, features: s.Features,
	}
	m.prepare()
	return m, nil
}
