"""Support vector machines."""

import numpy as np

from work import fitting, predicting, row_by_row, work


def dual(model):
    return {
        "dual_coef": model.dual_coef_,
        "support": model.support_,
        "intercept": np.atleast_1d(model.intercept_),
    }


@work("sklearn", "intelex")
def svc(case, C, tol, cache_mb):
    SVC = case.module("svm").SVC
    return fitting(lambda: SVC(C=C, tol=tol, cache_size=cache_mb).fit(case.X, case.y), dual)


@work("sklearn", "intelex")
def svr(case, C, epsilon, tol, cache_mb):
    SVR = case.module("svm").SVR
    return fitting(lambda: SVR(C=C, epsilon=epsilon, tol=tol, cache_size=cache_mb).fit(case.X, case.y), dual)


@work("sklearn")
def svc_row(case, C, train, rows):
    from sklearn.svm import SVC

    return row_by_row(SVC(C=C).fit(case.X[:train], case.y[:train]).predict, case.X_test, rows)


@work("sklearn")
def svc_batch(case, C, train):
    from sklearn.svm import SVC

    return predicting(SVC(C=C).fit(case.X[:train], case.y[:train]).predict, case.X)


@work("libsvm")
def svc(case, C, tol, cache_mb):
    return libsvm(case, f"-s 0 -t 2 -c {C} -e {tol} -m {cache_mb} -q")


@work("libsvm")
def svr(case, C, epsilon, tol, cache_mb):
    return libsvm(case, f"-s 3 -t 2 -c {C} -p {epsilon} -e {tol} -m {cache_mb} -q")


def libsvm(case, options):
    from libsvm import svmutil

    X, y = case.X, case.y
    gamma = float(1 / (X.shape[1] * X.var()))
    problem = svmutil.svm_problem(y, X)
    parameter = svmutil.svm_parameter(f"{options} -g {gamma!r}")

    def result(model):
        support = np.array(model.get_sv_indices()) - 1
        coef = np.array(model.get_sv_coef()).T
        # The classes stand in the order in which they come in the data.
        flip = -1 if model.get_nr_class() == 2 and model.get_labels() and model.get_labels()[0] < model.get_labels()[1] else 1
        return {"dual_coef": flip * coef, "support": support, "intercept": -flip * np.atleast_1d(model.rho[0])}

    return fitting(lambda: svmutil.svm_train(problem, parameter), result)
