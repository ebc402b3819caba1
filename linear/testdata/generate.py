"""Golden values of package linear, from scikit-learn and NumPy.

Run from this directory: python generate.py
The optima are polished to the last digits by Newton steps on the exact
objective where scikit-learn's own tolerance leaves less than ten digits.
"""
import json
import warnings

import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer, load_iris, load_wine, make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.utils.class_weight import compute_sample_weight

warnings.simplefilter("ignore")


def write(name, cases):
    with open(name + ".json", "w") as f:
        json.dump({"sklearn": sklearn.__version__, "cases": cases}, f, separators=(",", ":"))
        f.write("\n")


def softmax_newton(x, y, k, w, C, coef, intercept, fit_intercept, steps=20):
    """Polishes a multinomial (k > 2) or binary solution of sum(w loss) C + |coef|^2/2."""
    n, p = x.shape
    a = np.hstack([x, np.ones((n, 1))]) if fit_intercept else x
    q = a.shape[1]
    lam = np.full(q, 1 / C)
    if fit_intercept:
        lam[-1] = 0
    if k == 2:
        t = np.append(coef[0], intercept[0]) if fit_intercept else coef[0].copy()
        for _ in range(steps):
            z = a @ t
            e = np.exp(-np.abs(z))
            pr = np.where(z > 0, 1 / (1 + e), e / (1 + e))
            g = a.T @ (w * (pr - y)) + lam * t
            h = (a * (w * e / (1 + e) ** 2)[:, None]).T @ a + np.diag(lam)
            t = t - np.linalg.solve(h, g)
        return (t[:-1] if fit_intercept else t)[None, :], t[-1:] if fit_intercept else np.zeros(1)
    t = np.zeros((k, q))
    t[:, :p] = coef
    if fit_intercept:
        t[:, -1] = intercept - intercept.mean()
    onehot = np.eye(k)[y]
    for _ in range(steps):
        z = a @ t.T
        z -= z.max(1, keepdims=True)
        pr = np.exp(z)
        pr /= pr.sum(1, keepdims=True)
        g = (w[:, None] * (pr - onehot)).T @ a + lam * t
        h = np.zeros((k * q, k * q))
        for c in range(k):
            for d in range(k):
                v = w * pr[:, c] * ((c == d) - pr[:, d])
                h[c * q:(c + 1) * q, d * q:(d + 1) * q] = (a * v[:, None]).T @ a
        h += np.diag(np.tile(lam, k))
        t = t - np.linalg.lstsq(h, g.ravel(), rcond=1e-13)[0].reshape(k, q)
        t -= t.mean(0) if fit_intercept else 0
    return t[:, :p], t[:, -1] if fit_intercept else np.zeros(k)


def logistic():
    cases = []

    def case(name, x, y, C=1.0, fit_intercept=True, balanced=False, weights=None):
        k = y.max() + 1
        solver = "newton-cholesky" if x.shape[1] < 40 else "lbfgs"
        m = LogisticRegression(C=C, solver=solver, tol=1e-10, max_iter=10000, fit_intercept=fit_intercept,
                               class_weight="balanced" if balanced else None)
        m.fit(x, y, sample_weight=weights)
        w = np.ones(len(y)) if weights is None else weights
        if balanced:
            w = w * compute_sample_weight("balanced", y) if weights is None else w
        coef, intercept = softmax_newton(x, y, k, w, C, m.coef_, np.atleast_1d(m.intercept_), fit_intercept)
        # The polish may only confirm what scikit-learn found.
        scale = np.abs(coef).max()
        assert np.abs(coef - (m.coef_ - (m.coef_.mean(0) if k > 2 else 0))).max() < 1e-3 * scale, name
        m.coef_, m.intercept_ = coef, intercept
        cases.append(dict(name=name, x=x.tolist(), y=y.tolist(), c=C, intercept=fit_intercept, balanced=balanced,
                          weights=None if weights is None else weights.tolist(), coef=coef.tolist(),
                          constants=intercept.tolist(), proba=m.predict_proba(x[:5]).tolist()))

    iris = load_iris()
    wine = load_wine()
    cancer = load_breast_cancer()
    case("iris", iris.data, iris.target)
    case("iris C=100", iris.data[::2], iris.target[::2], C=100.0)
    case("iris no intercept", iris.data[::2], iris.target[::2], fit_intercept=False)
    case("iris unbalanced, balanced", iris.data[30:], iris.target[30:], balanced=True)
    case("wine", wine.data[::2], wine.target[::2])
    case("cancer", cancer.data[::5], cancer.target[::5])
    case("cancer C=1e4", cancer.data[::3, :6], cancer.target[::3], C=1e4)
    x, y = make_classification(150, 6, n_informative=4, flip_y=0.2, random_state=3)
    rng = np.random.default_rng(0)
    case("noisy, weighted", x, y, weights=np.round(rng.uniform(0, 3, len(y)), 2))
    case("noisy, no intercept", x, y, C=0.01, fit_intercept=False)
    x, y = make_classification(120, 8, n_informative=6, n_classes=4, flip_y=0.1, random_state=5)
    case("four classes, weighted", x, y, weights=np.round(rng.uniform(0, 3, len(y)), 2))
    write("logistic", cases)


if __name__ == "__main__":
    logistic()
