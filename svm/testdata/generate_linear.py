"""Golden values of the linear machines of package svm, from scikit-learn (LIBLINEAR)
and, for squared losses, Newton's method run to the last digits.

Run from this directory: python generate_linear.py
The data sets are those that the library bundles, features standardised, every
step-th row.
"""
import warnings

import numpy as np
from sklearn import svm

from generate import load, write

warnings.simplefilter("error")


def newton(x, bound, excess, start):
    """The minimum of |t|^2/2 + sum(bound * excess(x t)^2), to the last digits."""
    t = start
    for _ in range(200):
        e = excess(x @ t)
        a = e != 0
        g = t + 2 * x[a].T @ (bound[a] * e[a])
        t = t - np.linalg.solve(np.eye(len(t)) + 2 * (x[a].T * bound[a]) @ x[a], g)
    assert np.abs(g).max() < 1e-9 * max(1, np.abs(t).max())
    return t


def margin(y):
    return lambda z: np.where(y * z < 1, z - y, 0)


def tube(y, epsilon):
    return lambda z: np.sign(z - y) * np.maximum(0, np.abs(z - y) - epsilon)


def augmented(x, intercept):
    return np.hstack([x, np.ones((len(x), 1))]) if intercept else x


def against_rest(y):
    classes = [1] if y.max() == 1 else range(y.max() + 1)
    return [np.where(y == k, 1.0, -1.0) for k in classes]


def quietly(m, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return m.fit(*args, **kwargs).coef_


def classification():
    cases = []
    for name, step in [("iris", 1), ("wine", 1), ("breast_cancer", 1), ("digits", 8)]:
        x, y = load(name, step)
        for c, weighted, intercept in [(1.0, False, True), (0.05, True, True), (1.0, False, False)]:
            w = c * (1.0 + np.arange(len(y)) % 3 if weighted else np.ones(len(y)))
            a = augmented(x, intercept)
            coef, hinge = [], 0
            for s in against_rest(y):
                coef.append(newton(a, w, margin(s), np.zeros(a.shape[1])))
                m = svm.LinearSVC(loss="hinge", C=1, tol=1e-8, max_iter=1_000_000, fit_intercept=False, random_state=0)
                v = quietly(m, a, s, sample_weight=w)[0]
                hinge += v @ v / 2 + w @ np.maximum(0, 1 - s * (a @ v))
            cases.append(dict(data=name, step=step, c=c, weighted=weighted, no_intercept=not intercept,
                              coef=np.ravel(coef).tolist(), hinge=hinge))
    return cases


def sparse():
    """The L1 penalty, also with more features than samples."""
    cases = []
    for name, step in [("iris", 1), ("wine", 1), ("breast_cancer", 1), ("digits", 8), ("digits", 36)]:
        x, y = load(name, step)
        for c, weighted in [(1.0, False), (0.05, True)]:
            w = c * (1.0 + np.arange(len(y)) % 3 if weighted else np.ones(len(y)))
            a = augmented(x, True)
            objective, zeros = 0, 0
            for s in against_rest(y):
                m = svm.LinearSVC(penalty="l1", dual=False, C=1, tol=1e-10, max_iter=100_000, fit_intercept=False, random_state=0)
                v = quietly(m, a, s, sample_weight=w)[0]
                objective += np.abs(v).sum() + w @ margin(s)(a @ v) ** 2
                zeros += int((v == 0).sum())
            cases.append(dict(data=name, step=step, c=c, weighted=weighted, objective=objective, zeros=zeros))
    return cases


def regression():
    cases = []
    x, y = load("diabetes", 1)
    y = y - y.mean()
    for c, epsilon, weighted, intercept in [(1.0, 0.0, False, True), (0.01, 20.0, True, True), (10.0, 60.0, False, False)]:
        w = c * (1.0 + np.arange(len(y)) % 3 if weighted else np.ones(len(y)))
        a = augmented(x, intercept)
        t = newton(a, w, tube(y, epsilon), np.zeros(a.shape[1]))
        m = svm.LinearSVR(epsilon=epsilon, C=1, tol=1e-10, max_iter=1_000_000, fit_intercept=False, random_state=0)
        v = quietly(m, a, y, sample_weight=w)
        cases.append(dict(c=c, epsilon=epsilon, weighted=weighted, no_intercept=not intercept, coef=t.tolist(),
                          absolute=v @ v / 2 + w @ np.abs(tube(y, epsilon)(a @ v))))
    return cases


def crammer_singer():
    cases = []
    for name, step in [("iris", 1), ("wine", 1), ("breast_cancer", 1), ("digits", 8)]:
        x, y = load(name, step)
        for c, weighted in [(1.0, False), (0.05, True)]:
            w = c * (1.0 + np.arange(len(y)) % 3 if weighted else np.ones(len(y)))
            a = augmented(x, True)
            m = svm.LinearSVC(multi_class="crammer_singer", C=1, tol=1e-8, max_iter=1_000_000, fit_intercept=False, random_state=0)
            v = quietly(m, a, y, sample_weight=w)
            if len(v) == 1:  # of two classes the difference, one being the other turned round
                v = np.vstack([-v / 2, v / 2])
            z = a @ v.T
            own = z[np.arange(len(y)), y]
            z += 1
            z[np.arange(len(y)), y] -= 1
            cases.append(dict(data=name, step=step, c=c, weighted=weighted,
                              objective=(v ** 2).sum() / 2 + w @ (z.max(1) - own)))
    return cases


if __name__ == "__main__":
    write("linear", classification())
    write("linear_l1", sparse())
    write("linear_regression", regression())
    write("crammer_singer", crammer_singer())
