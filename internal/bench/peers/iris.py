"""What examples/iris does, without plots, in Python: describes the data, cross-validates
classifiers, and reports on the best. The last line is its mean accuracy."""

import time

import numpy as np
from sklearn.datasets import load_iris
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report, confusion_matrix
from sklearn.model_selection import StratifiedKFold, cross_validate, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

CONTENDERS = {
    "logistic regression": LogisticRegression(max_iter=1000),
    "linear machine": make_pipeline(StandardScaler(), LinearSVC()),
    "support vector machine": make_pipeline(StandardScaler(), SVC(C=10)),
    "decision tree": DecisionTreeClassifier(),
    "random forest": RandomForestClassifier(),
    "extra trees": ExtraTreesClassifier(),
    "boosting": HistGradientBoostingClassifier(),
}


def main():
    iris = load_iris()
    X, y, names = iris.data, iris.target, iris.target_names
    print(f"{len(X)} samples, {X.shape[1]} features, {len(names)} classes of species:")
    for name, count in zip(names, np.bincount(y)):
        print(f"  {count:4} {name}")
    for name, column in zip(iris.feature_names, X.T):
        print(f"{name:>20} {column.min():8.4g} {column.mean():8.4g} {column.max():8.4g}")

    print("5-fold cross-validation, accuracy, sd, fit time")
    best, highest = None, -1.0
    for name, classifier in CONTENDERS.items():
        folds = StratifiedKFold(5, shuffle=True, random_state=1)
        scores = cross_validate(classifier, X, y, cv=folds)
        mean = scores["test_score"].mean()
        print(f"{name:>24} {mean:.3f} {scores['test_score'].std(ddof=1):.3f} {scores['fit_time'].mean() * 1e3:.3f}ms")
        if mean > highest:
            best, highest = name, mean

    X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=0.75, stratify=y, random_state=42)
    predicted = CONTENDERS[best].fit(X_train, y_train).predict(X_test)
    print(f"The best, {best}:")
    print(confusion_matrix(y_test, predicted))
    print(classification_report(y_test, predicted, target_names=names, digits=3))
    print(highest)


main()
