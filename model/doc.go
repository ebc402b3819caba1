// Package model is the vocabulary of the library: what parameters, fitted models
// and transformers can do, and everything that works on any of them.
//
// Parameters are a plain struct, a model is another type: a [Fitter] learns a
// model M from a data set, and the model is a [Predictor], perhaps also a
// [ProbabilityPredictor] or [DecisionFunction], or a [Transformer]. Predicting
// before fitting is therefore a compile error, and a model, once made, does not
// change.
//
// [Pipe] makes a transformer and an estimator one estimator, [Save] and [Load]
// keep what was learned.
//
//	scores, err := model.CrossValidate(ctx, tree.Classifier{MaxDepth: 3}, iris, model.KFold{N: 5, Seed: 1}, metrics.Accuracy)
package model
