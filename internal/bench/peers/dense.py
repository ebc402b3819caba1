"""Dense linear algebra: NumPy and SciPy on OpenBLAS."""

import numpy as np

from work import Work, fitting, work


@work("openblas")
def gemm(case):
    C = np.empty_like(case.X)
    return Work(lambda: np.matmul(case.X, case.X, out=C), lambda: {"C": C})


@work("openblas")
def gemm_t(case):
    C = np.empty((case.X.shape[1],) * 2)
    return Work(lambda: np.matmul(case.X.T, case.X, out=C), lambda: {"C": C})


@work("openblas")
def syrk(case):
    from scipy.linalg.blas import dsyrk

    C = np.zeros((case.X.shape[1],) * 2, order="F")

    def run():
        dsyrk(1.0, case.X.T, 0.0, C, lower=1, overwrite_c=1)

    return Work(run, lambda: {"C": np.tril(C) + np.tril(C, -1).T})


@work("openblas")
def gemv(case):
    v = case.X[0].copy()
    y = np.empty(len(case.X))
    return Work(lambda: np.matmul(case.X, v, out=y), lambda: {"y": y})


@work("openblas")
def chol(case):
    from scipy.linalg.lapack import dpotrf

    A = np.asfortranarray(case.A)
    L = A.copy(order="F")

    def reset():
        L[...] = A

    return Work(lambda: dpotrf(L, lower=1, clean=0, overwrite_a=1), lambda: {"L": np.tril(L)}, reset)


@work("openblas")
def eigsym(case):
    from scipy.linalg import eigh

    return fitting(
        lambda: eigh(case.A, driver=case.setting, check_finite=False),
        lambda model: {"values": model[0], "vectors": model[1]},
    )
