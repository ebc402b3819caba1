"""Golden values of package svm, from scikit-learn (LIBSVM) at tight tolerance.

Run from this directory: python generate.py
The data sets are those that the library bundles, features standardised, every
step-th row. Objectives are those of the duals, evaluated in double precision at
scikit-learn's solution.
"""
import json
import warnings

import numpy as np
import sklearn
from sklearn import datasets, svm
from sklearn.metrics.pairwise import polynomial_kernel, rbf_kernel, sigmoid_kernel

warnings.simplefilter("error")


def write(name, cases):
    with open(name + ".json", "w") as f:
        json.dump({"sklearn": sklearn.__version__, "cases": cases}, f, separators=(",", ":"))
        f.write("\n")


def load(name, step):
    d = getattr(datasets, "load_" + name)()
    x = d.data.astype(float)
    s = x.std(0)
    x = (x - x.mean(0)) / np.where(s == 0, 1, s)
    return x[::step].copy(), d.target[::step]


def kernel(m, a, b):
    g = m._gamma
    return {
        "linear": lambda: a @ b.T,
        "rbf": lambda: rbf_kernel(a, b, gamma=g),
        "poly": lambda: polynomial_kernel(a, b, degree=m.degree, gamma=g, coef0=m.coef0),
        "sigmoid": lambda: sigmoid_kernel(a, b, gamma=g, coef0=m.coef0),
    }[m.kernel]()


def pair_objectives(m, x):
    """Of each pair 1/2 b'Kb - sum |b| (the second term only for C-SVC)."""
    k = kernel(m, x[m.support_], x[m.support_])
    ends = np.concatenate([[0], np.cumsum(m.n_support_)])
    classes = len(m.n_support_)
    total = []
    for i in range(classes):
        for j in range(i + 1, classes):
            b = np.zeros(len(m.support_))
            b[ends[i]:ends[i + 1]] = m.dual_coef_[j - 1, ends[i]:ends[i + 1]]
            b[ends[j]:ends[j + 1]] = m.dual_coef_[i, ends[j]:ends[j + 1]]
            q = b @ k @ b / 2
            total.append(q - np.abs(b).sum() if isinstance(m, svm.SVC) else q)
    return total


KERNELS = [
    dict(kernel="rbf"),
    dict(kernel="rbf", gamma="auto"),
    dict(kernel="linear"),
    dict(kernel="poly", degree=2, coef0=1.0),
    dict(kernel="poly"),
    dict(kernel="sigmoid", gamma=0.01),
]


def classification():
    cases = []
    for name, step in [("iris", 1), ("wine", 1), ("breast_cancer", 1), ("digits", 4)]:
        x, y = load(name, step)
        for k in KERNELS:
            for extra in [{}, dict(C=50.0, class_weight="balanced", weighted=True)]:
                if extra and k.get("gamma") == "auto":
                    continue
                if extra and "gamma" not in k and k["kernel"] not in ("linear",):
                    k = dict(k, gamma=1.0 / x.shape[1])
                args = dict(k, **extra)
                w = None
                if args.pop("weighted", False):
                    w = 1.0 + np.arange(len(y)) % 3
                    counts = np.bincount(y, weights=w)
                    args["class_weight"] = dict(enumerate(w.sum() / (len(counts) * counts)))
                m = svm.SVC(tol=1e-9, cache_size=500, **args).fit(x, y, sample_weight=w)
                show = np.arange(0, len(y), max(1, len(y) // 10))
                cases.append(dict(
                    data=name, step=step, params={**{a: b for a, b in k.items()}, **{a: b for a, b in extra.items()}},
                    gamma=m._gamma, objectives=pair_objectives(m, x), intercept=m.intercept_.tolist(),
                    support=m.support_.tolist() if k["kernel"] != "sigmoid" else None, predict=m.predict(x).tolist(),
                    rows=show.tolist(), decision=m.decision_function(x[show]).reshape(len(show), -1).tolist(),
                    pairs=m._decision_function(x[show]).reshape(len(show), -1).tolist(),
                ))
    return cases


if __name__ == "__main__":
    write("classifier", classification())
