"""Golden values of package linear, from scikit-learn and NumPy.

Run from this directory: python generate.py
The optima are polished to the last digits by Newton steps on the exact
objective where scikit-learn's own tolerance leaves less than ten digits.
"""
import json
import warnings

import numpy as np
import sklearn
from scipy import stats
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine, make_classification, make_regression
from sklearn.linear_model import (ElasticNet, ElasticNetCV, GammaRegressor, LassoCV, LinearRegression, LogisticRegression, LogisticRegressionCV,
                                  PoissonRegressor, Ridge, TweedieRegressor, enet_path, lasso_path)
from sklearn.model_selection import StratifiedKFold

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

    def case(name, x, y, C=1.0, fit_intercept=True, balanced=False, weights=None, class_weights=None):
        k = y.max() + 1
        solver = "newton-cholesky" if x.shape[1] < 40 else "lbfgs"
        m = LogisticRegression(C=C, solver=solver, tol=1e-10, max_iter=10000, fit_intercept=fit_intercept,
                               class_weight="balanced" if balanced else None if class_weights is None else dict(enumerate(class_weights)))
        m.fit(x, y, sample_weight=weights)
        w = np.ones(len(y)) if weights is None else weights
        if balanced:
            w = w * (w.sum() / (k * np.bincount(y, w)))[y]
        if class_weights is not None:
            w = w * np.array(class_weights)[y]
        found = m.coef_ - (m.coef_.mean(0) if k > 2 else 0)
        coef, intercept = softmax_newton(x, y, k, w, C, found, np.atleast_1d(m.intercept_), fit_intercept)
        # The polish may only confirm what scikit-learn found.
        assert np.abs(coef - found).max() < 1e-3 * np.abs(coef).max(), name
        m.coef_, m.intercept_ = coef, intercept
        cases.append(dict(name=name, x=x.tolist(), y=y.tolist(), c=C if np.isfinite(C) else 0, unpenalised=bool(np.isinf(C)), intercept=fit_intercept, balanced=balanced,
                          weights=None if weights is None else weights.tolist(), classweights=class_weights, coef=coef.tolist(),
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
    four = x, y
    weights = np.round(rng.uniform(0, 3, len(y)), 2)
    case("four classes, weighted", x, y, weights=weights)
    x, y = make_classification(80, 4, n_informative=3, n_redundant=0, weights=[0.3], flip_y=0.2, random_state=7)
    x = np.round(x, 3)
    w = np.round(rng.uniform(0.1, 3, len(y)), 2)
    case("balanced, weighted", x, y, weights=w, balanced=True)
    case("class weights", x, y, class_weights=[0.5, 3.0])
    case("no penalty, weighted", x, y, C=np.inf, weights=w)
    case("no penalty, no intercept", x, y, C=np.inf, fit_intercept=False)
    x, y = np.round(four[0][:, :4], 3), four[1]
    case("four classes, balanced, weighted", x, y, weights=weights, balanced=True)
    case("four classes, class weights, weighted, no intercept", x, y, weights=weights, class_weights=[1.0, 2.0, 0.5, 1.5], fit_intercept=False)
    case("four classes, no penalty", x, y, C=np.inf)
    write("logistic", cases)


def newton_on_support(x, y, k, C, ratio, coef, intercept, w=None, fit_intercept=True, steps=30):
    """Solves the optimality conditions of the elastic net for the support and signs given."""
    n, p = x.shape
    w = np.ones(n) if w is None else w
    a = np.hstack([x, np.ones((n, 1))])
    q = p + 1
    rows = 1 if k == 2 else k
    t = np.zeros((rows, q))
    t[:, :p] = coef
    t[:, -1] = intercept - (intercept.mean() if k > 2 else 0)
    sign = np.sign(t)
    sign[:, -1] = 0
    free = (t != 0)
    free[:, -1] = fit_intercept
    l2 = np.tile(np.r_[np.full(p, (1 - ratio) / C), 0], rows)
    f = free.ravel()
    onehot = np.eye(k)[y]
    for _ in range(steps):
        z = a @ t.T
        if k == 2:
            z = np.hstack([np.zeros_like(z), z])
        pr = np.exp(z - z.max(1, keepdims=True))
        pr /= pr.sum(1, keepdims=True)
        r = w[:, None] * (pr - onehot)[:, -rows:]
        g = (r.T @ a + ratio / C * sign).ravel() + l2 * t.ravel()
        h = np.zeros((rows * q, rows * q))
        for c in range(rows):
            for d in range(rows):
                v = w * pr[:, -rows:][:, c] * ((c == d) - pr[:, -rows:][:, d])
                h[c * q:(c + 1) * q, d * q:(d + 1) * q] = (a * v[:, None]).T @ a
        h += np.diag(l2)
        step = np.zeros(rows * q)
        step[f] = np.linalg.lstsq(h[np.ix_(f, f)], g[f], rcond=1e-13)[0]
        t = t - step.reshape(t.shape)
        if k > 2:
            t[:, -1] -= t[:, -1].mean()
    assert (np.sign(t[:, :p]) == sign[:, :p]).all()
    return t[:, :p], t[:, -1]


def logistic_absolute():
    cases = []

    def case(name, x, y, C, ratio, weights=None, fit_intercept=True):
        k = y.max() + 1
        m = LogisticRegression(C=C, l1_ratio=ratio, solver="saga", tol=1e-11, max_iter=200000, random_state=0, fit_intercept=fit_intercept)
        m.fit(x, y, sample_weight=weights)
        m.coef_[np.abs(m.coef_) < 1e-9] = 0
        coef, intercept = newton_on_support(x, y, k, C, ratio, m.coef_, np.atleast_1d(m.intercept_), weights, fit_intercept)
        assert np.abs(coef - m.coef_).max() < 1e-4, name
        cases.append(dict(name=name, x=x.tolist(), y=y.tolist(), weights=None if weights is None else weights.tolist(), intercept=fit_intercept,
                          c=C, ratio=ratio, coef=coef.tolist(), constants=intercept.tolist()))

    x, y = make_classification(100, 8, n_informative=3, flip_y=0.2, random_state=3)
    x = np.round(x, 3)
    case("binary L1", x, y, 0.2, 1.0)
    case("binary L1, little penalty", x, y, 10.0, 1.0)
    case("binary elastic net", x, y, 0.1, 0.4)
    weights = np.round(np.random.default_rng(1).uniform(0.1, 3, 150), 2)
    case("binary L1, weighted", x, y, 0.2, 1.0, weights[:100])
    case("binary L1, no intercept", x, y, 0.2, 1.0, fit_intercept=False)
    case("binary elastic net, weighted, no intercept", x, y, 0.1, 0.4, weights[:100], False)
    x, y = make_classification(150, 5, n_informative=4, n_redundant=0, n_classes=3, flip_y=0.2, random_state=5)
    x = np.round(x, 3)
    case("three classes, L1", x, y, 0.1, 1.0)
    case("three classes, elastic net", x, y, 0.2, 0.5)
    case("three classes, L1, weighted", x, y, 0.1, 1.0, weights)
    case("three classes, elastic net, weighted, no intercept", x, y, 0.2, 0.5, weights, False)
    write("logistic_absolute", cases)

    # More coefficients than a Hessian is computed of, from numbers that need not be stored.
    def wide(n, p):
        h = np.arange(n * p, dtype=np.uint32)
        for shift, factor in ((0, 2654435761), (16, 2246822519), (13, 3266489917)):
            h ^= (h >> np.uint32(shift)) * np.uint32(shift > 0)
            h *= np.uint32(factor)
        return ((h ^ (h >> np.uint32(16))) / 2**32 - 0.5).reshape(n, p)

    wide_cases = []
    for name, n, p, k, C, ratio in [("binary", 100, 2100, 2, 2.0, 1.0), ("binary elastic net", 100, 2100, 2, 1.0, 0.8), ("three classes", 90, 700, 3, 2.0, 1.0)]:
        x = wide(n, p)
        y = np.argmax(np.c_[np.zeros(n), x[:, :k - 1] * 6 + x[:, 5:4 + k] * 3] , axis=1) if k > 2 else (x[:, 0] * 2 + x[:, 7] + 0.3 * x[:, 11] > 0).astype(int)
        m = LogisticRegression(C=C, l1_ratio=ratio, solver="saga", tol=1e-7, max_iter=20000, random_state=0).fit(x, y)
        m.coef_[np.abs(m.coef_) < 1e-6] = 0
        s = np.flatnonzero(np.abs(m.coef_).sum(0))
        coef, intercept = newton_on_support(x[:, s], y, k, C, ratio, m.coef_[:, s], np.atleast_1d(m.intercept_))
        z = x[:, s] @ coef.T + intercept
        pr = 1 / (1 + np.exp(-z)) if k == 2 else np.exp(z) / np.exp(z).sum(1, keepdims=True)
        g = (pr - (y[:, None] if k == 2 else np.eye(k)[y])).T @ x
        full = np.zeros_like(g)
        full[:, s] = coef
        assert np.abs(g + (1 - ratio) / C * full).max() <= ratio / C * (1 + 1e-9), name
        wide_cases.append(dict(name=name, n=n, p=p, c=C, ratio=ratio, y=y.tolist(), features=s.tolist(), coef=coef.tolist(), constants=intercept.tolist()))
    write("logistic_absolute_wide", wide_cases)

    m = LogisticRegressionCV(Cs=[0.01, 0.1, 1.0, 10.0], l1_ratios=(0,), cv=StratifiedKFold(3), scoring="neg_log_loss",
                             solver="newton-cholesky", tol=1e-10, max_iter=1000, use_legacy_attributes=False).fit(x, y)
    errors = -np.asarray(m.scores_).reshape(3, 4).T
    write("logistic_cv", [dict(x=x.tolist(), y=y.tolist(), cs=[0.01, 0.1, 1.0, 10.0], c=float(np.ravel(m.C_)[0]), errors=errors.tolist())])


def glm():
    cases = []

    def case(name, m, power, x, y, weights=None, **params):
        m.set_params(tol=1e-12, max_iter=1000, solver="newton-cholesky", **params).fit(x, y, sample_weight=weights)
        # Newton's method to the last digits, where scikit-learn leaves nine.
        a = np.hstack([x, np.ones((len(y), 1))]) if m.fit_intercept else x
        t = np.r_[m.coef_, m.intercept_] if m.fit_intercept else m.coef_
        l2 = np.full(len(t), float(m.alpha))
        if m.fit_intercept:
            l2[-1] = 0
        w = np.ones(len(y)) if weights is None else weights
        for _ in range(20):
            mu = np.exp(a @ t)
            grad = a.T @ (w / w.sum() * (mu ** (2 - power) - y * mu ** (1 - power))) + l2 * t
            second = w / w.sum() * ((2 - power) * mu ** (2 - power) + (power - 1) * y * mu ** (1 - power))
            t = t - np.linalg.solve((a * second[:, None]).T @ a + np.diag(l2), grad)
        before = np.r_[m.coef_, m.intercept_][:len(t)]
        assert np.abs(t - before).max() < 1e-6, name
        m.coef_ = t[:x.shape[1]]
        if m.fit_intercept:
            m.intercept_ = t[-1]
        cases.append(dict(name=name, power=power, x=x.tolist(), y=y.tolist(), alpha=m.alpha, intercept=m.fit_intercept,
                          weights=None if weights is None else weights.tolist(), coef=m.coef_.tolist(),
                          constant=float(m.intercept_), explained=float(m.score(x, y, weights))))

    rng = np.random.default_rng(4)
    x = np.round(rng.normal(size=(60, 4)), 3)
    mean = np.exp(0.5 + x @ np.array([0.5, -0.3, 0.0, 0.2]))
    w = np.round(rng.uniform(0.1, 3, 60), 2)
    counts = rng.poisson(mean).astype(float)
    positive = np.round(rng.gamma(2, mean / 2), 4) + 1e-3
    mixed = np.where(rng.uniform(size=60) < 0.3, 0, positive)
    case("Poisson", PoissonRegressor(), 1, x, counts)
    case("Poisson, no penalty, weighted", PoissonRegressor(), 1, x, counts, w, alpha=0)
    case("Poisson, no intercept", PoissonRegressor(), 1, x, counts, alpha=0.1, fit_intercept=False)
    case("Gamma", GammaRegressor(), 2, x, positive)
    case("Gamma, no penalty, weighted", GammaRegressor(), 2, x, positive, w, alpha=0)
    case("Gamma, weighted, no intercept", GammaRegressor(), 2, x, positive, w, alpha=0.1, fit_intercept=False)
    case("Tweedie 1.5, weighted, no intercept", TweedieRegressor(power=1.5, link="log"), 1.5, x, mixed, w, alpha=0.1, fit_intercept=False)
    case("Tweedie 1.5", TweedieRegressor(power=1.5, link="log"), 1.5, x, mixed, alpha=0.1)
    case("Tweedie 1.9, no penalty", TweedieRegressor(power=1.9, link="log"), 1.9, x, mixed, alpha=0)
    case("Tweedie 3", TweedieRegressor(power=3, link="log"), 3, x, positive, alpha=0.1)
    write("glm", cases)


def regression():
    cases = []

    def case(name, x, y, weights=None, fit_intercept=True, positive=False):
        m = LinearRegression(fit_intercept=fit_intercept, positive=positive, tol=1e-14)
        m.fit(x, y, sample_weight=weights)
        c = dict(name=name, x=x.tolist(), y=y.tolist(), weights=None if weights is None else weights.tolist(),
                 intercept=fit_intercept, positive=positive, coef=m.coef_.tolist(), constant=float(m.intercept_))
        w = np.ones(len(y)) if weights is None else weights
        a = np.hstack([np.ones((len(y), 1)), x]) if fit_intercept else x
        n, q = a.shape
        if n > q and np.linalg.matrix_rank(a) == q and not positive:
            dof = n - q
            rss = float((w * (y - m.predict(x)) ** 2).sum())
            center = (w * y).sum() / w.sum() if fit_intercept else 0.0
            tss = float((w * (y - center) ** 2).sum())
            cov = np.linalg.inv((a * w[:, None]).T @ a) * rss / dof
            b = np.r_[m.intercept_, m.coef_] if fit_intercept else m.coef_
            se = np.sqrt(np.diag(cov))
            k = q - fit_intercept
            f = (tss - rss) / k / (rss / dof)
            row = np.r_[1, x[0]] if fit_intercept else x[0]
            t = stats.t.ppf(0.975, dof)
            mean, half = row @ b, t * np.sqrt(row @ cov @ row)
            wide = t * np.sqrt(row @ cov @ row + rss / dof)
            c["statistics"] = dict(errors=se.tolist(), p=(2 * stats.t.sf(np.abs(b / se), dof)).tolist(), r2=1 - rss / tss,
                                   adjusted=1 - rss / tss * (n - fit_intercept) / dof, f=f, fp=float(stats.f.sf(f, k, dof)),
                                   mean=[mean - half, mean + half], prediction=[mean - wide, mean + wide],
                                   confidence=[float(b[-1] - t * se[-1]), float(b[-1] + t * se[-1])])
        cases.append(c)

    rng = np.random.default_rng(1)
    x, y = make_regression(60, 5, noise=10, random_state=1)
    w = np.round(rng.uniform(0.1, 3, 60), 2)
    case("plain", x, y)
    case("no intercept", x, y, fit_intercept=False)
    case("weighted", x + 5, y, weights=w)
    case("weighted, no intercept", x + 5, y, weights=w, fit_intercept=False)
    diabetes = load_diabetes()
    case("diabetes", diabetes.data[::4], diabetes.target[::4])
    collinear = np.hstack([x[:, :3], x[:, :1] + 2 * x[:, 1:2], np.full((60, 1), 7.0)])
    case("collinear, constant column", collinear, y)
    case("collinear, weighted", collinear, y, weights=w)
    case("collinear, no intercept", collinear[:, :4], y, fit_intercept=False)
    case("wide", rng.normal(size=(8, 20)) + 1, y[:8])
    case("wide, weighted", rng.normal(size=(8, 20)) + 1, y[:8], weights=w[:8])
    case("wide, no intercept", rng.normal(size=(8, 20)), y[:8], fit_intercept=False)
    case("square", rng.normal(size=(6, 6)), y[:6])
    case("one sample", x[:1], y[:1])
    case("one feature", x[:, :1], y)
    case("duplicated rows", np.vstack([x[:10], x[:10]]), np.r_[y[:10], y[10:20]])
    case("non-negative", x, x @ np.array([1, -2, 3, -1, 0.5]) + rng.normal(size=60), positive=True)
    case("non-negative, weighted", x, x @ np.array([-1, -2, 3, 1, 0.1]) + rng.normal(size=60), weights=w, positive=True)
    case("non-negative, no intercept", x + 1, x @ np.array([1, 2, 3, 4, -5]), fit_intercept=False, positive=True)
    write("regression", cases)


def leave_one_out(x, y, w, alpha, fit_intercept):
    """Mean squared error of predicting each sample by a fit to all others."""
    errors = []
    for i in range(len(y)):
        keep = np.arange(len(y)) != i
        m = Ridge(alpha=alpha, solver="svd", fit_intercept=fit_intercept).fit(x[keep], y[keep], sample_weight=w[keep])
        errors.append(w[i] * (y[i] - m.predict(x[i:i + 1])[0]) ** 2)
    return sum(errors) / w.sum()


def ridge():
    cases = []

    def case(name, x, y, alphas=(0.1, 1.0, 10.0), weights=None, fit_intercept=True):
        w = np.ones(len(y)) if weights is None else weights
        for alpha in alphas:
            m = Ridge(alpha=alpha, solver="svd", fit_intercept=fit_intercept).fit(x, y, sample_weight=weights)
            cases.append(dict(name=f"{name}, alpha {alpha}", x=x.tolist(), y=y.tolist(), alpha=alpha, intercept=fit_intercept,
                              weights=None if weights is None else weights.tolist(), coef=m.coef_.tolist(),
                              constant=float(m.intercept_),
                              objective=float((w * (y - m.predict(x)) ** 2).sum() + alpha * (m.coef_ ** 2).sum()),
                              left_out=leave_one_out(x, y, w, alpha, fit_intercept)))

    rng = np.random.default_rng(2)
    x, y = make_regression(40, 4, noise=10, random_state=2)
    w = np.round(rng.uniform(0.1, 3, 40), 2)
    case("plain", x + 3, y)
    case("no intercept", x, y, (1.0,), fit_intercept=False)
    case("weighted", x + 3, y, (0.5, 20.0), weights=w)
    case("weighted, no intercept", x + 3, y, (0.5,), weights=w, fit_intercept=False)
    case("collinear", np.hstack([x, x[:, :1] - x[:, 1:2], np.full((40, 1), 3.0)]), y, (1e-3, 1.0))
    case("wide", rng.normal(size=(10, 25)) + 1, y[:10], (1e-3, 1.0, 100.0))
    case("wide, weighted", rng.normal(size=(10, 25)) + 1, y[:10], (1.0,), weights=w[:10])
    case("wide, no intercept", rng.normal(size=(10, 25)) + 1, y[:10], (1.0,), fit_intercept=False)
    write("ridge", cases)


def targets():
    cases = []

    def case(name, x, y, alpha=0.0, weights=None, fit_intercept=True):
        m = Ridge(alpha=alpha, solver="svd", fit_intercept=fit_intercept) if alpha > 0 else LinearRegression(fit_intercept=fit_intercept)
        m.fit(x, y, sample_weight=weights)
        intercept = m.intercept_ if fit_intercept else np.zeros(y.shape[1])
        cases.append(dict(name=name, x=x.tolist(), y=y.tolist(), alpha=alpha, intercept=fit_intercept,
                          weights=None if weights is None else weights.tolist(), coef=m.coef_.tolist(), constants=intercept.tolist(),
                          predicted=m.predict(x).tolist()))

    rng = np.random.default_rng(6)
    x = np.round(rng.normal(size=(40, 4)), 3)
    y = np.round(np.c_[x @ [1, 2, 0, -1] + 7, 1e9 * (x @ [0, 0, 3, 1]), 1e-9 * x[:, 0] ** 2, np.zeros(40)] * (1 + 0.1 * rng.normal(size=(40, 1))), 12)
    w = np.round(rng.uniform(0.1, 3, 40), 2)
    collinear = np.hstack([x, x[:, :1] - x[:, 1:2], np.full((40, 1), 3.0)])
    wide = np.round(rng.normal(size=(10, 25)) + 1, 3)
    case("plain", x + 3, y)
    case("weighted, no intercept", x, y, weights=w, fit_intercept=False)
    case("collinear", collinear, y)
    case("wide", wide, y[:10])
    case("ridge, weighted", x + 3, y, 2.0, weights=w)
    case("ridge, wide", wide, y[:10], 0.5)
    write("targets", cases)


def elastic_net():
    cases = []

    def case(name, x, y, alpha, ratio=1.0, weights=None, fit_intercept=True, positive=False):
        m = ElasticNet(alpha=alpha, l1_ratio=ratio, tol=1e-15, max_iter=10**6, fit_intercept=fit_intercept, positive=positive)
        m.fit(x, y, sample_weight=weights)
        w = np.ones(len(y)) if weights is None else weights
        # The equations of the support, solved exactly.
        s = np.flatnonzero(m.coef_)
        mean, center = (np.average(x, 0, w), np.average(y, 0, w)) if fit_intercept else (0 * x[0], 0.0)
        a = (x - mean)[:, s]
        wn = w / w.sum()
        b = np.linalg.solve((a * wn[:, None]).T @ a + alpha * (1 - ratio) * np.eye(len(s)),
                            a.T @ (wn * (y - center)) - alpha * ratio * np.sign(m.coef_[s]))
        assert len(s) == 0 or np.abs(b - m.coef_[s]).max() < 1e-7 * np.abs(b).max(), name
        coef = np.zeros(x.shape[1])
        coef[s] = b
        r = y - center - (x - mean) @ coef
        cases.append(dict(name=name, x=x.tolist(), y=y.tolist(), alpha=alpha, ratio=ratio, intercept=fit_intercept,
                          positive=positive, weights=None if weights is None else weights.tolist(), coef=coef.tolist(),
                          constant=float(center - mean @ coef),
                          objective=float((wn * r**2).sum() / 2 + alpha * ratio * np.abs(coef).sum()
                                          + alpha * (1 - ratio) / 2 * (coef**2).sum())))

    rng = np.random.default_rng(3)
    x, y = make_regression(50, 8, n_informative=4, noise=5, random_state=3)
    x = np.round(x, 3)
    w = np.round(rng.uniform(0.1, 3, 50), 2)
    case("lasso", x + 2, y, 1.0)
    case("lasso, little penalty", x, y, 0.01)
    case("lasso, no intercept", x, y, 5.0, fit_intercept=False)
    case("lasso, weighted", x + 2, y, 2.0, weights=w)
    case("lasso, positive", x, y - 30 * x[:, 2], 1.0, positive=True)
    case("all zero", x, y, 1e4)
    case("elastic net", x, y, 0.5, 0.5)
    case("elastic net, weighted, no intercept", x, y, 0.5, 0.3, weights=w, fit_intercept=False)
    case("elastic net, positive", x, y - 30 * x[:, 2], 0.2, 0.7, positive=True)
    wide = np.round(rng.normal(size=(20, 60)), 3)
    case("wide", wide, wide[:, :3] @ np.array([3.0, -2.0, 1.0]) + rng.normal(size=20), 0.1)
    case("wide elastic net", wide, wide[:, :3] @ np.array([3.0, -2.0, 1.0]) + rng.normal(size=20), 0.1, 0.5)
    write("elastic_net", cases)

    m = LassoCV(tol=1e-12, max_iter=10**6, alphas=20, cv=4).fit(x, y)
    e = ElasticNetCV(tol=1e-12, max_iter=10**6, alphas=15, cv=4, l1_ratio=[0.3, 0.8]).fit(x, y)
    alphas, coefs, _ = lasso_path(x - x.mean(0), y - y.mean(), tol=1e-14, max_iter=10**6, alphas=20)
    v = LassoCV(tol=1e-12, max_iter=10**6, alphas=20, cv=4, positive=True).fit(x, y, sample_weight=w)
    write("elastic_net_cv", [
        dict(name="lasso", x=x.tolist(), y=y.tolist(), alpha=float(m.alpha_), alphas=m.alphas_.tolist(), errors=m.mse_path_.tolist(),
             coef=m.coef_.tolist(), path=coefs.T.tolist(), ratio=1.0),
        dict(name="elastic net", x=x.tolist(), y=y.tolist(), alpha=float(e.alpha_), alphas=np.concatenate(e.alphas_).tolist(),
             errors=np.concatenate(e.mse_path_).tolist(), coef=e.coef_.tolist(), ratio=float(e.l1_ratio_)),
        dict(name="lasso, weighted, positive", x=x.tolist(), y=y.tolist(), weights=w.tolist(), alpha=float(v.alpha_), alphas=v.alphas_.tolist(),
             errors=v.mse_path_.tolist(), coef=v.coef_.tolist(), ratio=1.0)])

    cases = []
    for ratio, positive in [(0.5, False), (0.9, True), (1.0, True)]:
        alphas, coefs, _ = enet_path(x - x.mean(0), y - y.mean(), l1_ratio=ratio, positive=positive, tol=1e-14, max_iter=10**6, alphas=20)
        cases.append(dict(x=x.tolist(), y=y.tolist(), ratio=ratio, positive=positive, alphas=alphas.tolist(), coef=coefs.T.tolist(),
                          constants=(y.mean() - x.mean(0) @ coefs).tolist()))
    write("path", cases)


if __name__ == "__main__":
    logistic()
    regression()
    ridge()
    targets()
    elastic_net()
    logistic_absolute()
    glm()
