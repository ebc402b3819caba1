"""Trees, forests and boosting. Fits are judged by their predictions of the test rows."""

from work import THREADS, fitting, predicting, row_by_row, work


def learning(case, fit, kind="predict"):
    """The work of fitting, judged by predictions of the test rows."""
    return fitting(fit, lambda model: {"predicted": getattr(model, kind)(case.X_test)})


def proba(case, fit):
    return fitting(fit, lambda model: {"predicted": model.predict_proba(case.X_test)[:, 1]})


@work("sklearn")
def tree(case):
    from sklearn.tree import DecisionTreeClassifier

    return learning(case, lambda: DecisionTreeClassifier(random_state=0).fit(case.X, case.y))


@work("sklearn")
def tree_regression(case):
    from sklearn.tree import DecisionTreeRegressor

    return learning(case, lambda: DecisionTreeRegressor(random_state=0).fit(case.X, case.y))


def new_forest(trees):
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(trees, max_features="sqrt", n_jobs=THREADS, random_state=0)


@work("sklearn")
def forest(case, trees):
    return learning(case, lambda: new_forest(trees).fit(case.X, case.y))


@work("sklearn")
def hgb(case, iterations, leaves, bins):
    from sklearn.ensemble import HistGradientBoostingClassifier

    new = lambda: HistGradientBoostingClassifier(
        max_iter=iterations, max_leaf_nodes=leaves, max_bins=bins, early_stopping=False
    )
    return proba(case, lambda: new().fit(case.X, case.y))


@work("sklearn")
def hgb_regression(case, iterations, leaves, bins):
    from sklearn.ensemble import HistGradientBoostingRegressor

    new = lambda: HistGradientBoostingRegressor(
        max_iter=iterations, max_leaf_nodes=leaves, max_bins=bins, early_stopping=False
    )
    return learning(case, lambda: new().fit(case.X, case.y))


def lightgbm(case, iterations, leaves, bins):
    """By rows or by columns, as the setting says: LightGBM's own trial costs time."""
    return dict(
        n_estimators=iterations, num_leaves=leaves, max_bin=bins, learning_rate=0.1, min_child_samples=20,
        n_jobs=THREADS, verbose=-1, force_row_wise=case.setting == "rows", force_col_wise=case.setting == "columns",
    )  # fmt: skip


@work("lightgbm")
def hgb(case, **settings):
    from lightgbm import LGBMClassifier

    return proba(case, lambda: LGBMClassifier(**lightgbm(case, **settings)).fit(case.X, case.y))


@work("lightgbm")
def hgb_regression(case, **settings):
    from lightgbm import LGBMRegressor

    return learning(case, lambda: LGBMRegressor(**lightgbm(case, **settings)).fit(case.X, case.y))


def xgboost(iterations, leaves, bins):
    return dict(
        n_estimators=iterations, max_leaves=leaves, max_bin=bins, learning_rate=0.1, tree_method="hist",
        grow_policy="lossguide", max_depth=0, n_jobs=THREADS,
    )  # fmt: skip


@work("xgboost")
def hgb(case, **settings):
    from xgboost import XGBClassifier

    return proba(case, lambda: XGBClassifier(**xgboost(**settings)).fit(case.X, case.y))


@work("xgboost")
def hgb_regression(case, **settings):
    from xgboost import XGBRegressor

    return learning(case, lambda: XGBRegressor(**xgboost(**settings)).fit(case.X, case.y))


@work("sklearn")
def tree_row(case, rows):
    from sklearn.tree import DecisionTreeClassifier

    return row_by_row(DecisionTreeClassifier(random_state=0).fit(case.X, case.y).predict, case.X_test, rows)


@work("sklearn")
def forest_row(case, trees, train, rows):
    # One row is no work for two threads: starting them costs more.
    forest = new_forest(trees).fit(case.X[:train], case.y[:train]).set_params(n_jobs=1)
    return row_by_row(forest.predict, case.X_test, rows)


@work("sklearn")
def forest_batch(case, trees, train):
    return predicting(new_forest(trees).fit(case.X[:train], case.y[:train]).predict, case.X)


@work("sklearn")
def hgb_batch(case, iterations, leaves, bins):
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=iterations, max_leaf_nodes=leaves, max_bins=bins, early_stopping=False
    )
    return predicting(model.fit(case.X, case.y).predict, case.X)


@work("lightgbm")
def hgb_batch(case, **settings):
    from lightgbm import LGBMClassifier

    return predicting(LGBMClassifier(**lightgbm(case, **settings)).fit(case.X, case.y).predict, case.X)
