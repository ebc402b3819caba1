"""Writes the trees that the golden tests compare with, grown by scikit-learn 1.9.1.

Run by hand: python3 generate.py, in this directory. The sets are those that the
library bundles, equal value for value to scikit-learn's.
"""
import json

import numpy as np
from sklearn import datasets
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import mean_pinball_loss
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

SETS = {
    "iris": datasets.load_iris(),
    "wine": datasets.load_wine(),
    "breast_cancer": datasets.load_breast_cancer(),
    "digits": datasets.load_digits(),
    "diabetes": datasets.load_diabetes(),
}


def weights_for(n):
    """Sample weights that both sides compute alike."""
    i = np.arange(n)
    return 0.5 + (i * 37 % 101) / 101


def record(fit, **what):
    t = fit.tree_
    return dict(
        what,
        feature=[int(f) if l >= 0 else -1 for f, l in zip(t.feature, t.children_left)],
        threshold=[float(v) if l >= 0 else 0.0 for v, l in zip(t.threshold, t.children_left)],
        left=t.children_left.tolist(),
        right=t.children_right.tolist(),
        impurity=[float(v) for v in t.impurity],
        samples=t.n_node_samples.tolist(),
        value=[[float("%.12g" % v) for v in row] for row in t.value[:, 0, :]],
    )


def classification():
    cases = []
    for name in ("iris", "wine", "breast_cancer", "digits"):
        x, y = SETS[name].data, SETS[name].target
        settings = [dict(), dict(max_depth=2), dict(max_depth=5, min_samples_leaf=5),
                    dict(max_leaf_nodes=9), dict(min_impurity_decrease=0.01), dict(min_samples_split=20, weighted=True)]
        if name == "breast_cancer":
            settings = settings[2:3] + settings[5:] + [dict()]
        if name == "digits":
            settings = [dict(max_depth=8), dict(max_leaf_nodes=30)]
        for criterion in ("gini", "entropy"):
            for s in settings:
                s = dict(s)
                weighted = s.pop("weighted", False)
                fit = DecisionTreeClassifier(criterion=criterion, random_state=0, **s)
                fit.fit(x, y, sample_weight=weights_for(len(y)) if weighted else None)
                cases.append(record(fit, set=name, criterion=criterion, params=s, weighted=weighted))
    return cases


def regression():
    x, y = SETS["diabetes"].data, SETS["diabetes"].target
    cases = []
    for criterion, settings in {
        "squared_error": [dict(), dict(max_depth=3), dict(max_leaf_nodes=20), dict(min_samples_leaf=7, weighted=True)],
        "absolute_error": [dict(max_depth=6), dict(max_leaf_nodes=15), dict(min_samples_leaf=7, weighted=True)],
        "poisson": [dict(max_depth=6), dict(max_leaf_nodes=15), dict(min_samples_leaf=7, weighted=True)],
    }.items():
        for s in settings:
            weighted = s.pop("weighted", False)
            fit = DecisionTreeRegressor(criterion=criterion, random_state=0, **s)
            fit.fit(x, y, sample_weight=weights_for(len(y)) if weighted else None)
            cases.append(record(fit, set="diabetes", criterion=criterion, params=s, weighted=weighted))
    return cases


def pruning():
    cases = []
    for name in SETS:
        x, y = SETS[name].data, SETS[name].target
        kind = DecisionTreeRegressor if name == "diabetes" else DecisionTreeClassifier
        # Limits that leave trees without ties between splits.
        limit = dict(min_samples_leaf=8, max_leaf_nodes=25) if name != "breast_cancer" else dict(min_samples_leaf=20)
        path = kind(random_state=0, **limit).cost_complexity_pruning_path(x, y)
        cases.append(dict(set=name, params=limit, alphas=path.ccp_alphas.tolist(), impurities=path.impurities.tolist()))
    return cases


def boosting():
    """Raw predictions (decision function, or logarithm where the loss has that link)
    for every 7th training sample."""
    cases = []
    common = dict(early_stopping=False, random_state=0)
    # Sets of at most 255 values per feature, which all end in bins of their own.
    for name in ("wine", "iris"):
        x, y = SETS[name].data, SETS[name].target
        if name == "wine":
            y = (y == 0).astype(int)
        for s in (dict(max_iter=1), dict(max_iter=20, max_leaf_nodes=6, l2_regularization=0.5),
                  dict(max_iter=10, max_depth=3, learning_rate=0.3, weighted=True)):
            weighted = s.pop("weighted", False)
            fit = HistGradientBoostingClassifier(**common, **s).fit(x, y, sample_weight=weights_for(len(y)) if weighted else None)
            raw = fit.decision_function(x)[::7]
            cases.append(dict(set=name, loss="log_loss", params=s, weighted=weighted, raw=raw.reshape(len(raw), -1).tolist()))
    x, y = SETS["diabetes"].data, SETS["diabetes"].target
    for loss in ("squared_error", "absolute_error", "quantile", "poisson", "gamma"):
        for s in (dict(max_iter=1), dict(max_iter=20, max_leaf_nodes=6)):
            fit = HistGradientBoostingRegressor(loss=loss, quantile=0.3 if loss == "quantile" else None, **common, **s).fit(x, y)
            raw = fit._raw_predict(x)[::7]
            case = dict(set="diabetes", loss=loss, params=s, weighted=False, raw=raw.reshape(len(raw), -1).tolist())
            if loss == "quantile":  # NumPy interpolates between targets
                case["mean_loss"] = float(mean_pinball_loss(y, fit.predict(x), alpha=0.3))
                del case["raw"]
            cases.append(case)
    x, y = continuous()
    for bins in (255, 40):
        s = dict(max_iter=20, max_bins=bins)
        fit = HistGradientBoostingRegressor(**common, **s).fit(x, y)
        cases.append(dict(set="continuous", loss="squared_error", params=s, weighted=False, raw=fit._raw_predict(x)[::7].reshape(-1, 1).tolist()))
    return cases


def continuous():
    """More values than bins, none twice; also computed by the test."""
    i = np.arange(1, 1001.0)
    x = np.column_stack([i * c % 1 for c in (0.6180339887498949, 0.4142135623730951, 0.7320508075688772)])
    return x, x[:, 0] + 4 * (x[:, 1] - 0.5) * (x[:, 2] - 0.5)


def levels():
    """A table with two categorical columns, the first with missing values, and a
    numeric one between; also computed by the test."""
    i = np.arange(900)
    x = np.column_stack([(i * i * 31 + i * 7) % 13, (i * 7919) % 101, (i // 3 + i * 13) % 5]).astype(float)
    effects = (np.arange(13) * 5 % 13)[x[:, 0].astype(int)]
    y = effects + x[:, 1] / 20 * (x[:, 2] % 2) + 3 * (x[:, 2] == 3) + ((i * 104729) % 1000) / 500
    x[i % 17 == 0, 0] = np.nan
    return x, y


def categories():
    """Raw predictions of boosting for every 7th sample of levels()."""
    cases = []
    x, y = levels()
    common = dict(early_stopping=False, random_state=0, categorical_features=[0, 2])
    for s in (dict(max_iter=1), dict(max_iter=15, max_leaf_nodes=6), dict(max_iter=5, max_depth=2, l2_regularization=2.0)):
        fit = HistGradientBoostingRegressor(**common, **s).fit(x, y)
        cases.append(dict(set="levels", loss="squared_error", params=s, raw=fit._raw_predict(x)[::7].reshape(-1, 1).tolist()))
        fit = HistGradientBoostingClassifier(**common, **s).fit(x, y > 8)
        cases.append(dict(set="levels", loss="log_loss", params=s, raw=fit._raw_predict(x)[::7].reshape(-1, 1).tolist()))
    return cases


if __name__ == "__main__":
    for name, cases in {"categories": categories(), "classifier": classification(), "regressor": regression(), "pruning": pruning(), "boosting": boosting()}.items():
        with open(name + ".json", "w") as f:
            json.dump(cases, f, separators=(",", ":"))
            f.write("\n")
