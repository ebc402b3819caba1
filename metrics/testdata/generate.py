"""Golden values of package metrics, from scikit-learn. Run in this directory:

    python generate.py

It rewrites golden.json, and gives the same file on every run.
"""

import json
import warnings

import numpy as np
import sklearn
from scipy.spatial.distance import cdist
from sklearn import metrics as m
from sklearn.calibration import calibration_curve

warnings.filterwarnings("ignore")


def labels_case(name, truth, predicted, weights=None):
    """Scores of predicted classes."""
    kw = dict(sample_weight=weights)
    top = max(max(truth), max(predicted)) + 1
    scores = {
        "Accuracy": m.accuracy_score(truth, predicted, **kw),
        "BalancedAccuracy": m.balanced_accuracy_score(truth, predicted, **kw),
        "F1": m.f1_score(truth, predicted, average="macro", **kw),
        "Matthews": m.matthews_corrcoef(truth, predicted, **kw),
        "CohenKappa": m.cohen_kappa_score(truth, predicted, **kw),
        "LinearKappa": m.cohen_kappa_score(
            truth, predicted, weights="linear", labels=range(top), **kw),
        "QuadraticKappa": m.cohen_kappa_score(
            truth, predicted, weights="quadratic", labels=range(top), **kw),
    }
    averages = ["macro", "weighted", "micro"] + (["binary"] if top == 2 else [])
    for a in averages:
        scores["Precision " + a] = m.precision_score(truth, predicted, average=a, **kw)
        scores["Recall " + a] = m.recall_score(truth, predicted, average=a, **kw)
        for beta in (0.5, 1, 2):
            scores[f"F{beta} {a}"] = m.fbeta_score(truth, predicted, beta=beta, average=a, **kw)
    p, r, f, s = m.precision_recall_fscore_support(truth, predicted, **kw)
    return dict(
        name=name, truth=truth, predicted=predicted, weights=weights, scores=scores,
        confusion=m.confusion_matrix(truth, predicted, labels=range(top), **kw),
        of_true=m.confusion_matrix(truth, predicted, labels=range(top), normalize="true", **kw),
        of_predicted=m.confusion_matrix(truth, predicted, labels=range(top), normalize="pred", **kw),
        of_all=m.confusion_matrix(truth, predicted, labels=range(top), normalize="all", **kw),
        precision=p, recall=r, f1=f, support=s,
    )


def score_case(name, truth, score, weights=None):
    """Curves of a score for class 1."""
    kw = dict(sample_weight=weights)
    fpr, tpr, t = m.roc_curve(truth, score, **kw)
    precision, recall, pt = m.precision_recall_curve(truth, score, **kw)
    return dict(
        name=name, truth=truth, score=score, weights=weights,
        fpr=fpr, tpr=tpr, roc_thresholds=t[1:],
        precision=precision, recall=recall, pr_thresholds=pt,
        auc=m.roc_auc_score(truth, score, **kw),
        average_precision=m.average_precision_score(truth, score, **kw),
    )


def proba_case(name, truth, proba, weights=None):
    """Scores of a matrix of probabilities."""
    kw = dict(sample_weight=weights)
    k = proba.shape[1]
    labels = list(range(k))
    scores = {
        "LogLoss": m.log_loss(truth, proba, labels=labels, **kw),
        "Brier": m.brier_score_loss(truth, proba if k > 2 else proba[:, 1], **(dict(labels=labels) if k > 2 else {}), **kw),
    }
    if k > 2:
        # Of equal scores scikit-learn ranks the higher class first, Sapwood the lower.
        tied = any(len(set(row)) < k for row in proba)
        for top in range(1, 1 if tied else k):
            scores[f"Top{top}"] = m.top_k_accuracy_score(truth, proba, k=top, labels=labels, **kw)
        for a in ("macro", "weighted", "micro"):
            scores["OneVsRest " + a] = m.roc_auc_score(truth, proba, multi_class="ovr", average=a, **kw)
            scores["AveragePrecision " + a] = m.average_precision_score(truth, proba, average=a, **kw)
        if weights is None:
            for a in ("macro", "weighted"):
                scores["OneVsOne " + a] = m.roc_auc_score(truth, proba, multi_class="ovo", average=a)
    case = dict(name=name, truth=truth, proba=proba, weights=weights, scores=scores)
    if k == 2 and weights is None:
        observed, predicted = calibration_curve(truth, proba[:, 1], n_bins=7)
        case["calibration"] = dict(observed=observed, predicted=predicted)
    return case


def regression_case(name, truth, predicted, weights=None):
    kw = dict(sample_weight=weights)
    scores = {
        "R2": m.r2_score(truth, predicted, **kw),
        "ExplainedVariance": m.explained_variance_score(truth, predicted, **kw),
        "MSE": m.mean_squared_error(truth, predicted, **kw),
        "RMSE": m.root_mean_squared_error(truth, predicted, **kw),
        "MAE": m.mean_absolute_error(truth, predicted, **kw),
        "MedianAE": m.median_absolute_error(truth, predicted, **kw),
        "MAPE": m.mean_absolute_percentage_error(truth, predicted, **kw),
    }
    if weights is None:
        scores["MaxError"] = m.max_error(truth, predicted)
    return dict(name=name, truth=truth, predicted=predicted, weights=weights, scores=scores)


def clustering_case(name, truth, predicted):
    """Agreement of two clusterings."""
    scores = {
        "AdjustedRand": m.adjusted_rand_score(truth, predicted),
        "MutualInfo": m.mutual_info_score(truth, predicted),
        "NormalizedMutualInfo": m.normalized_mutual_info_score(truth, predicted),
        "AdjustedMutualInfo": m.adjusted_mutual_info_score(truth, predicted),
        "Homogeneity": m.homogeneity_score(truth, predicted),
        "Completeness": m.completeness_score(truth, predicted),
        "VMeasure": m.v_measure_score(truth, predicted),
    }
    return dict(name=name, truth=truth, predicted=predicted, scores=scores)


def geometry_case(name, x, labels):
    """Scores of clusters in space.

    scikit-learn expands squared distances and so loses digits far from the origin
    (8 of 16 at 1e5): it gets distances formed from differences, and points
    moved to the origin where it takes no distances.
    """
    distances = cdist(x, x)
    near = x - x.mean(axis=0)
    return dict(
        name=name, x=x, labels=labels,
        silhouette=m.silhouette_score(distances, labels, metric="precomputed"),
        silhouette_samples=m.silhouette_samples(distances, labels, metric="precomputed"),
        calinski_harabasz=m.calinski_harabasz_score(near, labels),
        davies_bouldin=m.davies_bouldin_score(near, labels),
    )


def guesses(rng, n, k, right):
    truth = rng.choice(k, n, p=np.arange(1, k + 1) / (k * (k + 1) / 2))
    return truth, np.where(rng.random(n) < right, truth, rng.integers(0, k, n))


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def main():
    rng = np.random.default_rng(0)
    labels, scores, probas, regressions, clusterings, geometries = [], [], [], [], [], []
    for name, n, k, right in (("two classes", 50, 2, 0.6), ("four classes", 80, 4, 0.5), ("chance", 60, 3, 0.0)):
        truth, predicted = guesses(rng, n, k, right)
        weights = np.round(rng.random(n) * 3, 2)
        labels.append(labels_case(name, truth, predicted))
        labels.append(labels_case(name + ", weighted", truth, predicted, weights))
    labels.append(labels_case("perfect", np.array([0, 1, 2, 1]), np.array([0, 1, 2, 1])))
    labels.append(labels_case("a class never predicted", np.array([0, 1, 2, 1, 2]), np.array([0, 1, 1, 1, 0])))
    labels.append(labels_case("a class never true", np.array([0, 1, 0, 1, 0]), np.array([0, 1, 2, 1, 0])))
    labels.append(labels_case("a class that does not occur", np.array([0, 3, 1, 3, 0]), np.array([0, 1, 1, 3, 3])))
    labels.append(labels_case("all wrong", np.array([0, 1, 0, 1]), np.array([1, 0, 1, 0])))
    labels.append(labels_case("predictions of one class", np.array([0, 1, 0, 1]), np.array([1, 1, 1, 1])))

    for name, n, digits in (("distinct scores", 60, 9), ("tied scores", 60, 1)):
        truth = rng.integers(0, 2, n)
        score = np.round(rng.normal(size=n) + truth, digits)
        weights = np.round(rng.random(n) * 3, 2)
        scores.append(score_case(name, truth, score))
        scores.append(score_case(name + ", weighted", truth, score, weights))
    scores.append(score_case("perfect", np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.4])))
    scores.append(score_case("reversed", np.array([1, 1, 0, 0]), np.array([0.1, 0.2, 0.3, 0.4])))
    scores.append(score_case("all tied", np.array([1, 0, 0, 0]), np.full(4, 0.5)))

    for name, n, k in (("two classes", 40, 2), ("three classes", 60, 3), ("five classes", 60, 5)):
        truth = rng.integers(0, k, n)
        proba = softmax(rng.normal(size=(n, k)) + 1.5 * np.eye(k)[truth])
        weights = np.round(rng.random(n) * 3, 2)
        probas.append(proba_case(name, truth, proba))
        probas.append(proba_case(name + ", weighted", truth, proba, weights))
    certain = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0], [0.5, 0.25, 0.25]])
    probas.append(proba_case("certain errors", np.array([0, 1, 1, 2, 0]), certain))

    for name, scale, shift in (("unit scale", 1.0, 0.0), ("large offset", 1.0, 1e6), ("tiny", 1e-8, 0.0)):
        n = 51 if name == "unit scale" else 50
        truth = rng.normal(size=n) * scale + shift
        predicted = truth + rng.normal(size=n) * 0.5 * scale
        weights = np.round(rng.random(n) * 3, 2)
        regressions.append(regression_case(name, truth, predicted))
        regressions.append(regression_case(name + ", weighted", truth, predicted, weights))
    integer = rng.integers(0, 4, 50).astype(float)
    weights = np.tile([1.0, 0.0, 2.0, 1.0, 0.0], 10)
    regressions.append(regression_case("whole numbers and zero weights", integer + 1, integer[::-1] + 1, weights))
    regressions.append(regression_case("constant target, wrong", np.full(5, 0.1), np.arange(5.0)))
    regressions.append(regression_case("constant target, perfect", np.full(5, 0.1), np.full(5, 0.1)))
    regressions.append(regression_case("perfect", np.arange(5.0), np.arange(5.0)))
    regressions.append(regression_case("zero target", np.array([0.0, 1, 2]), np.array([0.5, 1, 2])))

    for name, n, r, c in (("few clusters", 100, 3, 4), ("many clusters", 200, 20, 15), ("independent", 150, 5, 5)):
        truth, predicted = rng.integers(0, r, n), rng.integers(0, c, n)
        if name != "independent":
            predicted = np.where(rng.random(n) < 0.7, truth % c, predicted)
        clusterings.append(clustering_case(name, truth, predicted))
    clusterings.append(clustering_case("noise label", np.array([-1, 0, 0, 1, 1, 1]), np.array([0, 0, 0, 1, -1, 1])))
    clusterings.append(clustering_case("renamed", np.array([0, 0, 1, 1, 2]), np.array([5, 5, 3, 3, 9])))
    clusterings.append(clustering_case("one class", np.zeros(6, int), np.array([0, 0, 1, 1, 2, 2])))
    clusterings.append(clustering_case("one cluster", np.array([0, 0, 1, 1, 2, 2]), np.zeros(6, int)))
    clusterings.append(clustering_case("both trivial", np.zeros(6, int), np.zeros(6, int)))
    clusterings.append(clustering_case("refined", np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 2, 2, 3])))
    clusterings.append(clustering_case("exactly independent", np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])))

    for name, n, p, k, offset in (("plane", 60, 2, 3, 0.0), ("space", 80, 12, 4, 0.0), ("far from the origin", 50, 3, 2, 1e5)):
        y = rng.integers(0, k, n)
        x = np.round(rng.normal(size=(n, p)) + 2 * rng.normal(size=(k, p))[y], 4) + offset
        geometries.append(geometry_case(name, x, y))
    x = np.round(rng.normal(size=(30, 2)), 4)
    y = np.r_[0, np.repeat([3, 7], [14, 15])]
    geometries.append(geometry_case("a singleton, labels with gaps", x, y))
    geometries.append(geometry_case("duplicates", np.repeat(x[:5], 4, axis=0), np.arange(20) % 3))

    golden = dict(
        sklearn=sklearn.__version__, labels=labels, scores=scores, probabilities=probas,
        regression=regressions, clustering=clusterings, geometry=geometries,
    )

    def clean(v):
        """NaN has no place in JSON: null."""
        if isinstance(v, dict):
            return {k: clean(e) for k, e in v.items()}
        if isinstance(v, (list, tuple)):
            return [clean(e) for e in v]
        if isinstance(v, (np.ndarray, np.generic)):
            return clean(v.tolist())
        if isinstance(v, float) and np.isnan(v):
            return None
        return v

    with open("golden.json", "w") as f:
        json.dump(clean(golden), f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
