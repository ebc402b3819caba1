"""Principal components."""

from work import fitting, work


@work("sklearn", "intelex")
def pca(case, k):
    PCA = case.module("decomposition").PCA
    return fitting(lambda: PCA(k, random_state=0).fit(case.X), lambda model: {"components": model.components_})
