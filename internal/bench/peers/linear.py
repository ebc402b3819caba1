"""Least squares, Lasso and logistic regression."""

import numpy as np

from work import THREADS, fitting, row_by_row, work


def coefficients(model):
    return {"coef": model.coef_, "intercept": np.atleast_1d(model.intercept_)}


@work("sklearn", "intelex")
def ols(case):
    LinearRegression = case.module("linear_model").LinearRegression
    return fitting(lambda: LinearRegression().fit(case.X, case.y), coefficients)


@work("sklearn", "intelex")
def ridge(case, alpha):
    Ridge = case.module("linear_model").Ridge
    return fitting(lambda: Ridge(alpha=alpha).fit(case.X, case.y), coefficients)


@work("sklearn")
def lasso(case, alpha):
    from sklearn.linear_model import Lasso

    X = np.asfortranarray(case.X) if "fortran" in case.setting else case.X
    del case.X
    lasso = Lasso(alpha=alpha, precompute="gram" in case.setting, max_iter=10_000)
    return fitting(lambda: lasso.fit(X, case.y), coefficients)


@work("sklearn")
def enet_path(case, l1_ratio, alphas):
    from sklearn.linear_model import enet_path

    X = np.asfortranarray(case.X) if "fortran" in case.setting else case.X
    del case.X

    def fit():
        # enet_path fits no intercept: centring is part of the work.
        mean = X.mean(axis=0)
        Xc, yc = np.subtract(X, mean, order="F"), case.y - case.y.mean()
        grid, coefs, _ = enet_path(Xc, yc, l1_ratio=l1_ratio, alphas=alphas, max_iter=10_000, check_input=False)
        return grid, coefs, case.y.mean() - mean @ coefs

    return fitting(fit, lambda m: {"alphas": m[0], "coef": m[1].T, "intercept": m[2]})


@work("sklearn", "intelex")
def logreg(case, C, tol=1e-4):
    LogisticRegression = case.module("linear_model").LogisticRegression
    solver = case.setting or "lbfgs"
    return fitting(
        lambda: LogisticRegression(C=C, tol=tol, solver=solver, max_iter=10_000).fit(case.X, case.y), coefficients
    )


@work("sklearn")
def logreg_row(case, C, rows):
    from sklearn.linear_model import LogisticRegression

    return row_by_row(LogisticRegression(C=C).fit(case.X, case.y).predict, case.X_test, rows)


@work("sklearn")
def linearsvc(case, C, tol):
    from sklearn.svm import LinearSVC

    dual = case.setting == "dual"
    return fitting(lambda: LinearSVC(C=C, dual=dual, tol=tol, max_iter=100_000, random_state=0).fit(case.X, case.y), coefficients)


@work("liblinear")
def linearsvc(case, C, tol):
    from liblinear import liblinearutil

    X, y = case.X, case.y
    solver = {"dual": 1, "primal": 2}[case.setting]
    problem = liblinearutil.problem(y, X)
    parameter = liblinearutil.parameter(f"-s {solver} -c {C} -e {tol} -B 1 -m {THREADS} -q")

    def result(model):
        coef, intercept = model.get_decfun()
        flip = -1 if model.get_labels()[0] == 0 else 1
        return {"coef": flip * np.array(coef), "intercept": flip * np.atleast_1d(intercept)}

    return fitting(lambda: liblinearutil.train(problem, parameter), result)
