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
//
// # From a score to a choice
//
// [CrossValidate] gives one score per fold, [Validate] several scores, times and the
// predictions as well. [Search] compares candidates on the same folds, and
// [SearchHalving] many of them for the price of a few. All take a function of true
// and predicted targets, such as metrics.Accuracy; a [Scorer] for a score of
// probabilities or decision values, such as ProbabilityScorer(metrics.LogLoss).
// Candidates come from [Grid2] and its siblings or from [Random], and [PipeEach] puts
// a transformer before each. How to divide the samples is a [Splitter]: [KFold] unless
// samples belong together ([GroupKFold]) or follow each other in time
// ([TimeSeriesSplit]).
//
// # Cost
//
// A cross-validation with k folds costs k fits on (k−1)/k of the samples, run in parallel;
// a search that for each candidate.
//
// # Pitfalls
//
// The best score of a search is the best of many, and flatters: judge the winner on
// samples that the search has not seen. Whatever learns from data, scaling included,
// belongs inside the pipeline that is validated, or the test samples leak into it.
// Look at Converged of an iterative model: a fit that reached its limit is no
// error.
package model
