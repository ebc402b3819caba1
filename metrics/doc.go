// Package metrics scores predictions: how good are predicted classes, probabilities, or
// numbers, given the true ones.
//
// # Three kinds of score
//
// Scores of labels and of numbers are plain functions of (truth, predicted),
//
//	metrics.Accuracy(test.Y, labels)
//	metrics.R2(test.Y, values)
//
// and can be handed to model.CrossValidate as they are. A score with a parameter is a
// function that returns such a function:
//
//	metrics.FBeta(2, metrics.Macro)(test.Y, labels)
//
// These return NaN where a score is undefined and where the input is unusable: no
// samples, lengths that differ, numbers that are not finite. Each says which of the
// undefined cases has a conventional value instead.
//
// Scores of probabilities take the n×K matrix that PredictProba returns, curves take one
// score per sample; these and everything else that returns more than a number return an
// error that says what is wrong.
//
// Labels are class indices 0 … K−1, as in dataset.Classification. All that scores
// predictions, except [MaxError], takes sample weights, as methods of [Weights];
// the scores of clusters do not:
//
//	metrics.Weights(w).Accuracy(test.Y, labels)
//
// # Which score when
//
// Classes about equally frequent, all errors equally bad: [Accuracy]. Unequal classes:
// [BalancedAccuracy], [Matthews] or [F1]; a rare class that matters: its [Precision] and
// [Recall] ([Binary]), or [FBeta] with β > 1 if missing one costs more than a false
// alarm. Ordered classes: [QuadraticKappa]. To see what is confused with what:
// [Confusion]; everything at a glance: [ClassificationReport].
//
// Are the probabilities themselves to be trusted: [LogLoss], which punishes false
// certainty without mercy, or [Brier], which is bounded. Is only the ranking used:
// [ROCAUC], and for a rare class [AveragePrecision], because a ROC curve looks good when
// negatives abound. More than two classes: [ROCAUCOneVsOne] does not depend on class
// frequencies, [ROCAUCOneVsRest] does.
//
// Numbers: [RMSE] or [MAE] in the target's unit, the first dominated by large errors,
// the second not; [MedianAE] ignores outliers altogether; [R2] for a scale that needs no
// unit. [MAPE] only for targets that stay away from zero.
//
// Clusters against known classes: [AdjustedRand] or [AdjustedMutualInfo], which are zero
// at chance whatever the number of clusters; [NormalizedMutualInfo] and [VMeasure] are
// not, and favour many clusters. [Homogeneity] and [Completeness] tell splitting from
// merging. Without known classes: [Silhouette], [CalinskiHarabasz], [DaviesBouldin], all
// of which prefer round clusters and none of which can tell whether there are any.
//
// # Pitfalls
//
// A score on the training data says little; use a test set or cross-validation. Accuracy
// of 0.95 is no achievement where 95 % of the samples are of one class: compare with the
// score of predicting always the same, which [BalancedAccuracy], [Matthews] and
// [CohenKappa] have built in. R2 may be negative. Scores that are averaged over classes
// depend on which classes occur; with few samples per fold they jump about.
//
// # Numerics
//
// Long sums are compensated, so that a score of many samples is as exact as one of a
// few. All values are checked against scikit-learn to 12 digits.
package metrics
