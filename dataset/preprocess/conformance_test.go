package preprocess_test

import (
	"testing"

	"github.com/sapwood-ml/sapwood/dataset"
	pp "github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/model/modeltest"
)

func conforms[M model.Transformer](t *testing.T, name string, f model.Fitter[dataset.None, M], options ...modeltest.Option) {
	t.Run(name, func(t *testing.T) { modeltest.TestTransformer(t, f, options...) })
}

func TestConformance(t *testing.T) {
	missing := modeltest.AllowsMissing()
	lossy := func(reason string) modeltest.Option { return modeltest.ExpectFailure("inverse", reason) }
	conforms(t, "StandardScaler", pp.StandardScaler{}, missing)
	conforms(t, "MinMaxScaler", pp.MinMaxScaler{}, missing)
	conforms(t, "MaxAbsScaler", pp.MaxAbsScaler{}, missing)
	conforms(t, "RobustScaler", pp.RobustScaler{}, missing)
	conforms(t, "Normalizer", pp.Normalizer{})
	conforms(t, "OneHot", pp.OneHot{}, missing)
	conforms(t, "OneHot All", model.Chain(pp.KBins{Ordinal: true}, pp.OneHot{All: true, Unknown: pp.UnknownIgnored}), lossy("the middle of a bin stands for its values"))
	conforms(t, "OneHot infrequent", model.Chain(pp.KBins{Ordinal: true, Binning: pp.Uniform}, pp.OneHot{All: true, MinFrequency: 0.2, MaxCategories: 3}), lossy("the middle of a bin stands for its values"))
	conforms(t, "Ordinal infrequent", model.Chain(pp.KBins{Ordinal: true, Binning: pp.Uniform}, pp.Ordinal{All: true, MinFrequency: 20, MaxCategories: 3}), lossy("the middle of a bin stands for its values"))
	conforms(t, "Ordinal", pp.Ordinal{}, missing)
	conforms(t, "Ordinal All", pp.Ordinal{All: true, Unknown: pp.UnknownIgnored}, missing)
	conforms(t, "SimpleImputer", pp.SimpleImputer{}, missing)
	conforms(t, "SimpleImputer Median", pp.SimpleImputer{Strategy: pp.Median, Indicator: true}, missing)
	conforms(t, "PolynomialFeatures", pp.PolynomialFeatures{})
	conforms(t, "KBins", pp.KBins{}, lossy("the middle of a bin stands for its values"))
	conforms(t, "KBins Ordinal", pp.KBins{Ordinal: true, Binning: pp.Uniform}, lossy("the middle of a bin stands for its values"))
	conforms(t, "KBins KMeans", pp.KBins{Binning: pp.KMeans}, lossy("the middle of a bin stands for its values"))
	conforms(t, "QuantileTransformer", pp.QuantileTransformer{}, missing)
	conforms(t, "QuantileTransformer Normal", pp.QuantileTransformer{Normal: true}, missing)
	conforms(t, "PowerTransformer", pp.PowerTransformer{}, missing)
	conforms(t, "VarianceThreshold", pp.VarianceThreshold{}, missing)
	t.Run("SelectKBest", func(t *testing.T) {
		modeltest.TestSupervisedTransformer(t, pp.SelectKBest{K: 1}, lossy("features are left out"))
	})
	t.Run("SelectKBestRegression", func(t *testing.T) {
		modeltest.TestSupervisedTransformer(t, pp.SelectKBestRegression{K: 2}, lossy("features are left out"))
	})
}

func TestParameters(t *testing.T) {
	modeltest.TestParamError(t, "Max", pp.MinMaxScaler{Min: 2, Max: 1})
	modeltest.TestParamError(t, "Low", pp.RobustScaler{Low: 0.9, High: 0.1})
	modeltest.TestParamError(t, "Norm", pp.Normalizer{Norm: 7})
	modeltest.TestParamError(t, "Strategy", pp.SimpleImputer{Strategy: -1})
	modeltest.TestParamError(t, "Degree", pp.PolynomialFeatures{Degree: -1})
	modeltest.TestParamError(t, "Degree", pp.PolynomialFeatures{Degree: 1000})
	modeltest.TestParamError(t, "Bins", pp.KBins{Bins: 1})
	modeltest.TestParamError(t, "Binning", pp.KBins{Binning: 9})
	modeltest.TestParamError(t, "Quantiles", pp.QuantileTransformer{Quantiles: -3})
	modeltest.TestParamError(t, "Power", pp.PowerTransformer{Power: 5})
	modeltest.TestParamError(t, "Threshold", pp.VarianceThreshold{Threshold: -1})
	modeltest.TestParamError(t, "Order", pp.Ordinal{Order: map[string][]string{"x0": {"a"}}})
	modeltest.TestParamError(t, "MinFrequency", pp.OneHot{MinFrequency: -1})
	modeltest.TestParamError(t, "MaxCategories", pp.Ordinal{MaxCategories: -1})
	modeltest.TestParamError(t, "Unknown", pp.OneHot{Unknown: 3})
	modeltest.TestParamError(t, "K", pp.SelectKBest{K: 99})
	modeltest.TestParamError(t, "Score", pp.SelectKBest{Score: 4})
	modeltest.TestParamError(t, "K", pp.SelectKBestRegression{K: -1})
}
