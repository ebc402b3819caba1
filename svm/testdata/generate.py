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


def polish(m, x, y, bound):
    """Solves the optimality conditions of each pair of an SVC exactly, LIBSVM having
    found out which multipliers are at their bounds; its kernels are in single
    precision. Returns objectives, intercepts, coefficients, support."""
    n, classes = len(x), len(m.n_support_)
    k = kernel(m, x, x)
    ends = np.concatenate([[0], np.cumsum(m.n_support_)])
    coef = np.zeros((classes - 1, n))
    objectives, intercepts = [], []
    sign = -1 if classes == 2 else 1
    for i in range(classes):
        for j in range(i + 1, classes):
            b = np.zeros(n)
            b[m.support_[ends[i]:ends[i + 1]]] = sign * m.dual_coef_[j - 1, ends[i]:ends[i + 1]]
            b[m.support_[ends[j]:ends[j + 1]]] = sign * m.dual_coef_[i, ends[j]:ends[j + 1]]
            s = np.where(y == i, 1.0, -1.0)
            a = b * s
            at_bound = a >= bound * (1 - 1e-9)
            free = (a > 1e-9 * bound) & ~at_bound
            a[at_bound] = bound[at_bound]
            a[~free & ~at_bound] = 0
            for _ in range(1000):
                f = np.flatnonzero(free)
                fixed = a * s
                fixed[f] = 0
                q = np.zeros((len(f) + 1, len(f) + 1))
                q[:-1, :-1] = k[np.ix_(f, f)]
                q[:-1, -1] = q[-1, :-1] = 1
                z = np.linalg.lstsq(q, np.append(s[f] - k[f] @ fixed, -fixed.sum()), rcond=1e-15)[0]
                af = z[:-1] * s[f]
                excess = np.maximum(-af, af - bound[f]) / bound[f]
                if len(f) and excess.max() > 0:
                    worst = np.argmax(excess)
                    free[f[worst]] = False
                    a[f[worst]] = 0 if af[worst] < 0 else bound[f[worst]]
                    continue
                a[f] = af
                b = a * s
                if len(f) == 0:  # any intercept in a range will do: LIBSVM takes its middle
                    v, pair = s - k @ b, (y == i) | (y == j)
                    z[-1] = (v[pair & ((s > 0) == (a == 0))].max() + v[pair & ((s > 0) == (a > 0))].min()) / 2
                d = (k @ b + z[-1]) * s - 1
                wrong = np.where(a == 0, -d, np.where(a == bound, d, 0))
                wrong[(y != i) & (y != j)] = 0
                if wrong.max() < 1e-10:
                    break
                free[np.argmax(wrong)] = True
            else:
                raise RuntimeError("no optimum found")
            objectives.append(b @ k @ b / 2 - np.abs(b).sum())
            intercepts.append(sign * z[-1])
            coef[j - 1, y == i] = sign * b[y == i]
            coef[i, y == j] = sign * b[y == j]
    support = [i for c in range(classes) for i in np.flatnonzero((y == c) & (coef != 0).any(0))]
    pairs = []
    for i in range(classes):
        for j in range(i + 1, classes):
            pairs.append(k @ (coef[j - 1] * (y == i) + coef[i] * (y == j)))
    return objectives, intercepts, support, np.array(pairs).T + intercepts


KERNELS = [
    dict(kernel="rbf"),
    dict(kernel="rbf", gamma="auto"),
    dict(kernel="linear"),
    dict(kernel="poly", degree=2, coef0=1.0),
    dict(kernel="poly"),
    dict(kernel="sigmoid", gamma=0.01),
]


def distinct(x):
    """Equal samples may share a multiplier as they like."""
    return len(np.unique(x, axis=0)) == len(x)


def classification():
    from sklearn.utils.multiclass import _ovr_decision_function

    cases = []
    for name, step in [("iris", 1), ("wine", 1), ("breast_cancer", 1), ("digits", 4)]:
        x, y = load(name, step)
        for k in KERNELS:
            for extra in [{}, dict(C=50.0, class_weight="balanced", weighted=True)]:
                if extra and k.get("gamma") == "auto" or extra and k["kernel"] == "sigmoid":
                    continue  # sigmoid: not convex, the solution is one of several
                if extra and "gamma" not in k and k["kernel"] not in ("linear",):
                    k = dict(k, gamma=1.0 / x.shape[1])
                args = dict(k, **extra)
                w = None
                if args.pop("weighted", False):
                    w = 1.0 + np.arange(len(y)) % 3
                    counts = np.bincount(y, weights=w)
                    args["class_weight"] = dict(enumerate(w.sum() / (len(counts) * counts)))
                m = svm.SVC(tol=1e-9, cache_size=500, **args).fit(x, y, sample_weight=w)
                bound = args.get("C", 1.0) * (np.ones(len(y)) if w is None else w * np.array([args["class_weight"][c] for c in y]))
                objectives, intercept, support, pairs = polish(m, x, y, bound)
                theirs = pair_objectives(m, x)
                assert np.allclose(objectives, theirs, rtol=1e-6), (name, args, objectives, theirs)
                show = np.arange(0, len(y), max(1, len(y) // 10))
                decision = pairs if len(m.n_support_) == 2 else _ovr_decision_function(pairs < 0, -pairs, len(m.n_support_))
                their_pairs = m._decision_function(x).reshape(len(x), -1)
                assert np.allclose(pairs, their_pairs, rtol=1e-3, atol=1e-2), (name, args, abs(pairs - their_pairs).max())
                cases.append(dict(
                    data=name, step=step, params=dict(k, **extra), gamma=m._gamma if k["kernel"] != "linear" else 0,
                    objectives=objectives, intercept=intercept,
                    support=[int(i) for i in support] if distinct(x) else None,
                    predict=m.predict(x).tolist(), rows=show.tolist(), decision=decision[show].tolist(), pairs=pairs[show].tolist(),
                ))
    return cases


def diabetes(step):
    x, y = datasets.load_diabetes(return_X_y=True)
    x = (x - x.mean(0)) / x.std(0)
    return x[::step].copy(), y[::step] / 100


def single(m, x, coef):
    k = kernel(m, x[m.support_], x[m.support_])
    return coef @ k @ coef / 2


def common(m, x, objective, step, params, predict, name="diabetes"):
    return dict(
        data=name, step=step, params=params, gamma=m._gamma if m.kernel != "linear" else 0, objectives=[objective],
        intercept=m.intercept_.tolist(), support=m.support_.tolist(), predict=predict.tolist(),
    )


def regression():
    cases = []
    step = 2
    x, y = diabetes(step)
    for k in KERNELS:
        for extra in [{}, dict(C=30.0, epsilon=0.02, weighted=True)]:
            if extra and k.get("gamma") == "auto" or extra and k["kernel"] == "sigmoid":
                continue
            if extra and "gamma" not in k and k["kernel"] != "linear":
                k = dict(k, gamma=0.1)
            args = dict(k, **extra)
            w = None
            if args.pop("weighted", False):
                w = 1.0 + np.arange(len(y)) % 3
            m = svm.SVR(tol=1e-8, **args).fit(x, y, sample_weight=w)
            b = m.dual_coef_[0]
            o = single(m, x, b) - b @ y[m.support_] + m.epsilon * np.abs(b).sum()
            cases.append(common(m, x, o, step, dict(k, **extra), m.predict(x)))
    return cases


def nu_regression():
    cases = []
    step = 3
    x, y = diabetes(step)
    for k in [dict(kernel="rbf"), dict(kernel="linear"), dict(kernel="poly", degree=2, coef0=1.0)]:
        for extra in [{}, dict(C=5.0, nu=0.2)]:
            args = dict(k, **extra)
            m = svm.NuSVR(tol=1e-8, **args).fit(x, y)
            b = m.dual_coef_[0]
            cases.append(common(m, x, single(m, x, b) - b @ y[m.support_], step, args, m.predict(x)))
    return cases


def one_class():
    cases = []
    for name, step in [("wine", 1), ("breast_cancer", 2)]:
        x, _ = load(name, step)
        for k in [dict(kernel="rbf"), dict(kernel="poly", degree=2, coef0=1.0)]:
            for extra in [{}, dict(nu=0.1)]:
                args = dict(k, **extra)
                m = svm.OneClassSVM(tol=1e-6, **args).fit(x)
                c = common(m, x, single(m, x, m.dual_coef_[0]), step, args, m.decision_function(x), name)
                cases.append(c)
    return cases


def nu_classification():
    cases = []
    for name, step in [("iris", 1), ("wine", 1), ("breast_cancer", 2)]:
        x, y = load(name, step)
        for k in [dict(kernel="rbf"), dict(kernel="linear"), dict(kernel="poly", degree=2, coef0=1.0)]:
            # Of no pair is nu*n/2 a whole number: then all multipliers could be at
            # their bounds, and the margin that the solution is divided by not unique.
            for extra in [dict(nu=0.313), dict(nu=0.117)]:
                args = dict(k, **extra)
                m = svm.NuSVC(tol=1e-11, **args).fit(x, y)
                show = np.arange(0, len(y), max(1, len(y) // 10))
                cases.append(dict(
                    data=name, step=step, params=args, objectives=pair_objectives(m, x), predict=m.predict(x).tolist(),
                    rows=show.tolist(), pairs=m._decision_function(x[show]).reshape(len(show), -1).tolist(),
                ))
    return cases


if __name__ == "__main__":
    write("classifier", classification())
    write("regressor", regression())
    write("nu_regressor", nu_regression())
    write("one_class", one_class())
    write("nu_classifier", nu_classification())
