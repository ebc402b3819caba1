"""Golden values of package svm, from scikit-learn (LIBSVM), polished.

Run from this directory: python generate.py
It needs Debian's dataset-fashion-mnist, of which it writes the first images to
fashion.gz. The other data sets are those that the library bundles, features
standardised, every step-th row.

LIBSVM keeps kernels in single precision. It finds out which multipliers are at
their bounds; from there the optimality conditions are solved in double precision,
and the solutions are compared.
"""
import gzip
import json
import warnings

import numpy as np
import sklearn
from sklearn import datasets, svm
from sklearn.metrics.pairwise import polynomial_kernel, rbf_kernel, sigmoid_kernel
from sklearn.utils.multiclass import _ovr_decision_function

warnings.simplefilter("error")

FASHION = "/usr/share/datasets/fashion-mnist/train-"
FASHION_IMAGES = 120


def write(name, cases):
    with open(name + ".json", "w") as f:
        json.dump({"sklearn": sklearn.__version__, "cases": cases}, f, separators=(",", ":"))
        f.write("\n")


def write_fashion():
    """Images of 784 bytes, then a byte per label."""
    with gzip.open(FASHION + "images-idx3-ubyte.gz") as f:
        images = f.read(16 + 784 * FASHION_IMAGES)[16:]
    with gzip.open(FASHION + "labels-idx1-ubyte.gz") as f:
        labels = f.read(8 + FASHION_IMAGES)[8:]
    with open("fashion.gz", "wb") as f:
        f.write(gzip.compress(images + labels, 9, mtime=0))


def load(name, step):
    if name == "fashion":
        with gzip.open("fashion.gz") as f:
            raw = np.frombuffer(f.read(), np.uint8)
        x, y = raw[:-FASHION_IMAGES].reshape(-1, 784) / 255, raw[-FASHION_IMAGES:].astype(int)
        return x[::step].copy(), y[::step]
    if name == "diabetes":
        x, y = datasets.load_diabetes(return_X_y=True)
        y = y / 100
    else:
        d = getattr(datasets, "load_" + name)()
        x, y = d.data.astype(float), d.target
    s = x.std(0)
    x = (x - x.mean(0)) / np.where(s == 0, 1, s)
    return x[::step].copy(), y[::step]


def kernel(m, a, b):
    g = m._gamma
    return {
        "linear": lambda: a @ b.T,
        "rbf": lambda: rbf_kernel(a, b, gamma=g),
        "poly": lambda: polynomial_kernel(a, b, degree=m.degree, gamma=g, coef0=m.coef0),
        "sigmoid": lambda: sigmoid_kernel(a, b, gamma=g, coef0=m.coef0),
    }[m.kernel]()


def optimum(k, sample, b, lower, upper, shift, group=None):
    """The minimum over b of 1/2 ss K_st b_s b_t + s shift_t b_t, lower <= b <= upper,
    the sums of groups being what they are, from a b that is nearly optimal; variable
    t is of the sample of that number. Returns b and the thresholds: what the
    derivatives are equal to at the free variables of each group."""
    if group is None:
        group = np.zeros(len(b), int)
    groups = group.max() + 1
    sums = np.array([b[group == g].sum() for g in range(groups)])
    b = b.copy()
    near = 1e-9 * (upper - lower)
    b[b - lower <= near] = lower[b - lower <= near]
    b[upper - b <= near] = upper[upper - b <= near]
    free = (b > lower) & (b < upper)
    ones = 1.0 * (group[None, :] == np.arange(groups)[:, None])

    def product(v):
        return (k @ np.bincount(sample, weights=v, minlength=len(k)))[sample]

    for _ in range(3000):
        f = np.flatnonzero(free)
        held = np.where(free, 0, b)
        q = np.zeros((len(f) + groups,) * 2)
        q[:len(f), :len(f)] = k[np.ix_(sample[f], sample[f])]
        q[:len(f), len(f):] = -ones[:, f].T
        q[len(f):, :len(f)] = -ones[:, f]
        z = np.linalg.lstsq(q, np.append(-shift[f] - product(held)[f], ones @ held - sums), rcond=1e-15)[0]
        v = z[:len(f)]
        excess = np.maximum(lower[f] - v, v - upper[f]) / (upper[f] - lower[f])
        if len(f) and excess.max() > 0:
            worst = np.argmax(excess)
            b[f[worst]] = lower[f[worst]] if v[worst] < lower[f[worst]] else upper[f[worst]]
            free[f[worst]] = False
            continue
        b[f] = v
        d = product(b) + shift
        rho = z[len(f):]
        for g in range(groups):
            if not (free & (group == g)).any():  # any threshold in a range will do: LIBSVM takes its middle
                rho[g] = (d[(group == g) & (b < upper)].min() + d[(group == g) & (b > lower)].max()) / 2
        wrong = np.where(free, 0, np.where(b == lower, rho[group] - d, d - rho[group]))
        if wrong.max() < 1e-10 * max(1, abs(d).max()):
            return b, rho
        free[np.argmax(wrong)] = True
    raise RuntimeError("no optimum found")


def value(k, b, shift):
    return b @ k @ b / 2 + shift @ b


KERNELS = [
    dict(kernel="rbf"),
    dict(kernel="rbf", gamma="auto"),
    dict(kernel="linear"),
    dict(kernel="poly", degree=2, coef0=1.0),
    dict(kernel="poly"),
    dict(kernel="sigmoid", gamma=0.01),
]


def plain(name):
    """The kernels that are not compared in several versions."""
    for k in KERNELS:
        if k.get("gamma") == "auto":
            continue
        if name == "fashion" and k["kernel"] == "sigmoid":
            k = dict(k, gamma=0.001)
        yield k


def distinct(x):
    """Equal samples may share a multiplier as they like."""
    return len(np.unique(x, axis=0)) == len(x)


def shown(y, most):
    return np.arange(0, len(y), max(1, len(y) // most))


def weights(y):
    return 1.0 + np.arange(len(y)) % 3


def machine(m, k, x, y, i, j, solve):
    """Solves the machine of classes i < j; solve is given kernel, start and signs of
    their samples. Returns the signed coefficients, threshold and objective."""
    ends = np.concatenate([[0], np.cumsum(m.n_support_)])
    sign = -1 if len(m.n_support_) == 2 else 1
    b = np.zeros(len(x))
    b[m.support_[ends[i]:ends[i + 1]]] = sign * m.dual_coef_[j - 1, ends[i]:ends[i + 1]]
    b[m.support_[ends[j]:ends[j + 1]]] = sign * m.dual_coef_[i, ends[j]:ends[j + 1]]
    rows = np.flatnonzero((y == i) | (y == j))
    solved, rho, objective = solve(k[np.ix_(rows, rows)], b[rows], np.where(y[rows] == i, 1.0, -1.0), rows)
    b[:] = 0
    b[rows] = sign * solved
    return b, -sign * rho, objective


def one_against_one(name, step, params, m, x, y, solve):
    k = kernel(m, x, x)
    classes = len(m.n_support_)
    objectives, intercepts, pairs = [], [], []
    used = np.zeros(len(x), bool)
    for i in range(classes):
        for j in range(i + 1, classes):
            b, intercept, objective = machine(m, k, x, y, i, j, solve)
            objectives.append(objective)
            intercepts.append(intercept)
            pairs.append(k @ b + intercept)
            used |= b != 0
    pairs = np.array(pairs).T
    theirs = m._decision_function(x).reshape(len(x), -1)
    assert np.allclose(pairs, theirs, rtol=1e-2, atol=1e-2), (name, params, abs(pairs - theirs).max())
    if classes == 2:
        decision, predict = pairs, (pairs[:, 0] > 0).astype(int)
    else:
        decision, predict = _ovr_decision_function(pairs < 0, -pairs, classes), m.predict(x)
    show = shown(y, 4 if classes > 3 else 10)
    return dict(
        data=name, step=step, params=params, gamma=m._gamma if m.kernel != "linear" else 0,
        objectives=objectives, intercept=intercepts,
        support=[int(i) for c in range(classes) for i in np.flatnonzero(used & (y == c))] if distinct(x) else None,
        predict=predict.tolist(), rows=show.tolist(), decision=decision[show].tolist(), pairs=pairs[show].tolist(),
    )


def classification():
    cases = []
    for name, step in [("iris", 1), ("wine", 1), ("breast_cancer", 1), ("digits", 4), ("fashion", 1)]:
        x, y = load(name, step)
        for k in KERNELS if name != "fashion" else plain(name):
            for extra in [{}, dict(C=50.0, class_weight="balanced", weighted=True)]:
                if extra and (k.get("gamma") == "auto" or k["kernel"] == "sigmoid"):
                    continue  # sigmoid: not convex, the solution is one of several
                if extra and "gamma" not in k and k["kernel"] != "linear":
                    k = dict(k, gamma=1.0 / x.shape[1])
                args = dict(k, **extra)
                w = None
                if args.pop("weighted", False):
                    w = weights(y)
                    counts = np.bincount(y, weights=w)
                    args["class_weight"] = dict(enumerate(w.sum() / (len(counts) * counts)))
                m = svm.SVC(tol=1e-9, cache_size=500, **args).fit(x, y, sample_weight=w)
                bound = args.get("C", 1.0) * (np.ones(len(y)) if w is None else w * np.array([args["class_weight"][c] for c in y]))

                def solve(k, b, sign, rows):
                    c = bound[rows]
                    b, rho = optimum(k, np.arange(len(b)), b, np.where(sign > 0, 0, -c), np.where(sign > 0, c, 0), -sign)
                    return b, rho[0], value(k, b, -sign)

                cases.append(one_against_one(name, step, dict(k, **extra), m, x, y, solve))
    return cases


def one_vs_rest():
    cases = []
    for name, step in [("iris", 1), ("wine", 1), ("digits", 8), ("fashion", 1)]:
        x, y = load(name, step)
        for k in plain(name):
            if k["kernel"] == "sigmoid":
                continue
            c = 3.0
            objectives, intercepts, values = [], [], []
            used = np.zeros(len(x), bool)
            for label in range(y.max() + 1):
                sign = np.where(y == label, 1.0, -1.0)
                m = svm.SVC(tol=1e-9, C=c, **k).fit(x, sign)
                gram = kernel(m, x, x)
                b, rho = optimum(gram, np.arange(len(y)), coefficients(m, len(y)), np.minimum(c * sign, 0), np.maximum(c * sign, 0), -sign)
                objectives.append(value(gram, b, -sign))
                intercepts.append(-rho[0])
                values.append(gram @ b - rho[0])
                used |= b != 0
                assert np.allclose(values[-1], m.decision_function(x), rtol=1e-2, atol=1e-2)
            values = np.array(values).T
            show = shown(y, 10)
            cases.append(dict(
                data=name, step=step, params=dict(k, C=c), gamma=m._gamma if m.kernel != "linear" else 0,
                objectives=objectives, intercept=intercepts,
                support=[int(i) for l in range(y.max() + 1) for i in np.flatnonzero(used & (y == l))] if distinct(x) else None,
                predict=values.argmax(1).tolist(), rows=show.tolist(), decision=values[show].tolist(),
            ))
    return cases


def nu_classification():
    cases = []
    for name, step in [("iris", 1), ("wine", 1), ("breast_cancer", 2), ("digits", 8), ("fashion", 1)]:
        x, y = load(name, step)
        for k in plain(name):
            # Of no pair is nu*n/2 a whole number: then all multipliers could be at
            # their bounds, and the margin that the solution is divided by not unique.
            for extra in [dict(nu=0.313), dict(nu=0.117)]:
                m = svm.NuSVC(tol=1e-9, **k, **extra).fit(x, y)

                def solve(k, b, sign, rows):
                    # LIBSVM has divided by half the margin already.
                    b = b * (extra["nu"] * len(b) / abs(b).sum())
                    group = (sign < 0).astype(int)
                    b, rho = optimum(k, np.arange(len(b)), b, np.minimum(sign, 0), np.maximum(sign, 0), 0 * b, group)
                    half = (rho[0] - rho[1]) / 2
                    return b / half, (rho[0] + rho[1]) / 2 / half, value(k, b / half, 0 * b)

                cases.append(one_against_one(name, step, dict(k, **extra), m, x, y, solve))
    return cases


def single(name, step, params, m, x, b, threshold, objective, sign=1):
    """A machine with one row of coefficients, per sample."""
    values = kernel(m, x, x) @ b - threshold
    theirs = m.decision_function(x) if hasattr(m, "decision_function") else m.predict(x)
    scale = abs(theirs).max()
    assert np.allclose(values, theirs, rtol=1e-2, atol=1e-2 * scale), (name, params, abs(values - theirs).max(), scale)
    show = shown(x, 20)
    return dict(
        data=name, step=step, params=params, gamma=m._gamma if m.kernel != "linear" else 0, objectives=[objective],
        intercept=[-threshold], support=np.flatnonzero(b).tolist() if distinct(x) else None,
        rows=show.tolist(), predict=values[show].tolist(),
    )


def coefficients(m, n):
    b = np.zeros(n)
    b[m.support_] = m.dual_coef_[0]
    return b


def tube(b):
    """One variable per side of the tube."""
    return np.append(np.maximum(b, 0), np.minimum(b, 0)), np.tile(np.arange(len(b)), 2)


REGRESSION = [("diabetes", 2), ("digits", 10), ("fashion", 1)]


def regression():
    cases = []
    for name, step in REGRESSION:
        x, y = load(name, step)
        for k in KERNELS if name == "diabetes" else plain(name):
            for extra in [{}, dict(C=30.0, epsilon=0.02, weighted=True)]:
                if extra and (k.get("gamma") == "auto" or k["kernel"] == "sigmoid" or name != "diabetes"):
                    continue
                if extra and "gamma" not in k and k["kernel"] != "linear":
                    k = dict(k, gamma=0.1)
                args = dict(k, **extra)
                w = weights(y) if args.pop("weighted", False) else np.ones(len(y))
                m = svm.SVR(tol=1e-8, **args).fit(x, y, sample_weight=w)
                b, sample = tube(coefficients(m, len(y)))
                c, none = m.C * w, 0 * w
                shift = np.append(m.epsilon - y, -m.epsilon - y)
                gram = kernel(m, x, x)
                b, rho = optimum(gram, sample, b, np.append(none, -c), np.append(c, none), shift)
                total = b[:len(y)] + b[len(y):]
                objective = value(gram, total, -y) + m.epsilon * abs(b).sum()
                cases.append(single(name, step, dict(k, **extra), m, x, total, rho[0], objective))
    return cases


def nu_regression():
    cases = []
    for name, step in [("diabetes", 3)] + REGRESSION[1:]:
        x, y = load(name, step)
        for k in plain(name):
            for extra in [{}, dict(C=5.0, nu=0.2)]:
                if extra and k["kernel"] == "sigmoid":
                    continue
                if name == "fashion" and k["kernel"] in ("linear", "poly"):
                    continue  # they can fit exactly, and then the tube has no width
                m = svm.NuSVR(tol=1e-8, **k, **extra).fit(x, y)
                b, sample = tube(coefficients(m, len(y)))
                c, none = np.full(len(y), m.C), np.zeros(len(y))
                group = np.repeat([0, 1], len(y))
                for g, want in enumerate([1, -1]):
                    want *= m.C * m.nu * len(y) / 2
                    assert abs(b[group == g].sum() / want - 1) < 1e-6, (name, k, extra, "a sample on both sides of the tube")
                    b[group == g] *= want / b[group == g].sum()
                gram = kernel(m, x, x)
                b, rho = optimum(gram, sample, b, np.append(none, -c), np.append(c, none), np.append(-y, -y), group)
                total = b[:len(y)] + b[len(y):]
                case = single(name, step, dict(k, **extra), m, x, total, rho.mean(), value(gram, total, -y))
                cases.append(dict(case, epsilon=(rho[1] - rho[0]) / 2))
    return cases


def one_class():
    cases = []
    for name, step in [("wine", 1), ("breast_cancer", 3), ("digits", 10), ("fashion", 1)]:
        x, _ = load(name, step)
        for k in plain(name):
            if k["kernel"] != "rbf" and "coef0" not in k and name != "fashion":
                continue  # the origin is amidst the data: they cannot be told from it
            for extra in [dict(nu=0.473), dict(nu=0.1)]:
                # From further off than the others: LIBSVM takes very long otherwise.
                m = svm.OneClassSVM(tol=1e-4, **k, **extra).fit(x)
                b = coefficients(m, len(x))
                b *= m.nu * len(x) / b.sum()
                gram = kernel(m, x, x)
                none = np.zeros(len(x))
                b, rho = optimum(gram, np.arange(len(x)), b, none, none + 1, none)
                cases.append(single(name, step, dict(k, **extra), m, x, b, rho[0], value(gram, b, none)))
    return cases


if __name__ == "__main__":
    write_fashion()
    write("classifier", classification())
    write("one_vs_rest", one_vs_rest())
    write("nu_classifier", nu_classification())
    write("regressor", regression())
    write("nu_regressor", nu_regression())
    write("one_class", one_class())
