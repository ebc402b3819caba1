package tree_test

import (
	"testing"

	"github.com/sapwood-ml/sapwood/model/modeltest"
	"github.com/sapwood-ml/sapwood/tree"
)

func TestClassifierConformance(t *testing.T) {
	for name, c := range map[string]tree.Classifier{
		"zero value":         {},
		"limits":             {MaxDepth: 4, MinSamplesLeaf: 1, MinWeightFraction: 0.02, MinImpurityDecrease: 0.001},
		"entropy":            {Criterion: tree.Entropy},
		"best first":         {MaxLeaves: 7},
		"features at random": {MaxFeatures: 2, Seed: 3},
		"random splits":      {RandomSplits: true, Seed: 5},
	} {
		t.Run(name, func(t *testing.T) {
			modeltest.TestClassifier(t, c, modeltest.AllowsMissing())
		})
	}
}

func TestClassifierParameters(t *testing.T) {
	for field, c := range map[string]tree.Classifier{
		"MaxDepth":            {MaxDepth: -1},
		"MinSamplesSplit":     {MinSamplesSplit: 1},
		"MinSamplesLeaf":      {MinSamplesLeaf: -2},
		"MinWeightFraction":   {MinWeightFraction: 0.6},
		"MaxLeaves":           {MaxLeaves: 1},
		"MinImpurityDecrease": {MinImpurityDecrease: -1},
		"MaxFeatures":         {MaxFeatures: 5},
		"CCPAlpha":            {CCPAlpha: -1},
		"Criterion":           {Criterion: 7},
		"ClassWeights":        {ClassWeights: []float64{1}},
		"Balanced":            {ClassWeights: []float64{1, 1}, Balanced: true},
	} {
		modeltest.TestParamError(t, field, c)
	}
}

func TestRegressorConformance(t *testing.T) {
	for name, r := range map[string]tree.Regressor{
		"zero value":         {},
		"limits":             {MaxDepth: 4, MinWeightFraction: 0.02, MinImpurityDecrease: 0.001},
		"absolute error":     {Criterion: tree.AbsoluteError},
		"poisson":            {Criterion: tree.Poisson, MaxLeaves: 12},
		"features at random": {MaxFeatures: 2, Seed: 3},
		"random splits":      {RandomSplits: true, Seed: 5},
	} {
		t.Run(name, func(t *testing.T) {
			modeltest.TestRegressor(t, r, modeltest.AllowsMissing())
		})
	}
}

func TestRegressorParameters(t *testing.T) {
	for field, r := range map[string]tree.Regressor{
		"MaxDepth":            {MaxDepth: -1},
		"MinSamplesSplit":     {MinSamplesSplit: -5},
		"MinSamplesLeaf":      {MinSamplesLeaf: -2},
		"MinWeightFraction":   {MinWeightFraction: -0.1},
		"MaxLeaves":           {MaxLeaves: 1},
		"MinImpurityDecrease": {MinImpurityDecrease: -1},
		"MaxFeatures":         {MaxFeatures: -9},
		"CCPAlpha":            {CCPAlpha: -1},
		"Criterion":           {Criterion: 99},
	} {
		modeltest.TestParamError(t, field, r)
	}
}
