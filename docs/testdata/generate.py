"""Writes defaults.json: the parameters of scikit-learn's estimators and functions with
their defaults, as the installed version has them. The tests compare the page
coming-from-scikit-learn.md with it. Run it in this folder:

    ~/.cache/sapwood/peers/venv/bin/python generate.py
"""

import inspect
import json

import sklearn
from sklearn import base, calibration, cluster, compose, decomposition, ensemble, feature_selection, impute
from sklearn import inspection, linear_model, metrics, mixture, model_selection, preprocessing, svm, tree
from sklearn.experimental import enable_halving_search_cv  # noqa: F401

THINGS = {
    linear_model: "LinearRegression Ridge RidgeCV Lasso LassoCV ElasticNet ElasticNetCV lasso_path enet_path"
    " LogisticRegression LogisticRegressionCV PoissonRegressor GammaRegressor TweedieRegressor",
    tree: "DecisionTreeClassifier DecisionTreeRegressor export_text export_graphviz plot_tree",
    ensemble: "RandomForestClassifier RandomForestRegressor ExtraTreesClassifier ExtraTreesRegressor"
    " HistGradientBoostingClassifier HistGradientBoostingRegressor GradientBoostingClassifier GradientBoostingRegressor",
    svm: "SVC NuSVC SVR NuSVR OneClassSVM LinearSVC LinearSVR",
    cluster: "KMeans MiniBatchKMeans DBSCAN",
    mixture: "GaussianMixture",
    decomposition: "PCA IncrementalPCA TruncatedSVD",
    preprocessing: "StandardScaler MinMaxScaler MaxAbsScaler RobustScaler Normalizer PowerTransformer QuantileTransformer"
    " OneHotEncoder OrdinalEncoder KBinsDiscretizer PolynomialFeatures LabelEncoder LabelBinarizer",
    impute: "SimpleImputer",
    feature_selection: "VarianceThreshold SelectKBest",
    base: "clone",
    compose: "ColumnTransformer",
    calibration: "CalibratedClassifierCV calibration_curve",
    inspection: "permutation_importance DecisionBoundaryDisplay",
    model_selection: "train_test_split KFold StratifiedKFold GroupKFold RepeatedKFold ShuffleSplit LeaveOneOut TimeSeriesSplit"
    " StratifiedShuffleSplit RepeatedStratifiedKFold cross_val_predict"
    " cross_val_score cross_validate GridSearchCV RandomizedSearchCV HalvingGridSearchCV learning_curve validation_curve",
    metrics: "accuracy_score f1_score r2_score ConfusionMatrixDisplay RocCurveDisplay confusion_matrix classification_report"
    " roc_auc_score log_loss brier_score_loss average_precision_score roc_curve precision_recall_curve mean_squared_error"
    " root_mean_squared_error mean_absolute_error silhouette_score adjusted_rand_score",
}


def defaults(thing):
    """The parameters that have a default."""
    found = {}
    for name, p in inspect.signature(thing).parameters.items():
        if p.default is inspect.Parameter.empty:
            continue
        # What JSON has no form for, such as functions and NaN, is written as Python does.
        plain = p.default is None or isinstance(p.default, (bool, int, str, tuple))
        plain = plain or isinstance(p.default, float) and p.default == p.default
        found[name] = p.default if plain else getattr(p.default, "__name__", repr(p.default))
    return found


all_of_them = {name: defaults(getattr(module, name)) for module, names in THINGS.items() for name in names.split()}
with open("defaults.json", "w") as file:
    json.dump({"version": sklearn.__version__, "defaults": all_of_them}, file, indent=1)
    file.write("\n")
