//! smartcore.

use crate::{fitting, Anyhow, Case, Work};
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::linear_regression::{LinearRegression, LinearRegressionParameters};
use smartcore::linear::logistic_regression::{LogisticRegression, LogisticRegressionParameters};
use smartcore::tree::decision_tree_classifier::{DecisionTreeClassifier, DecisionTreeClassifierParameters};

pub fn prepare(kind: &str, case: Case) -> Anyhow<Box<dyn Work>> {
    match kind {
        "ols" => ols(case),
        "logreg" => logreg(case),
        "tree" => tree(case),
        _ => Err(format!("smartcore has no {kind}").into()),
    }
}

fn matrix(case: &Case, name: &str) -> Anyhow<DenseMatrix<f64>> {
    let a = case.array(name)?;
    Ok(DenseMatrix::new(a.shape[0], a.shape[1], a.values, false)?)
}

fn classes(case: &Case) -> Anyhow<Vec<u32>> {
    Ok(case.array("y")?.values.iter().map(|&v| v as u32).collect())
}

fn values(m: &DenseMatrix<f64>) -> Vec<f64> {
    m.iterator(0).copied().collect()
}

fn ols(case: Case) -> Anyhow<Box<dyn Work>> {
    let (x, y) = (matrix(&case, "X")?, case.array("y")?.values);
    Ok(fitting(
        move || Ok(LinearRegression::fit(&x, &y, LinearRegressionParameters::default())?),
        |m| Ok(vec![("coef", values(m.coefficients())), ("intercept", vec![*m.intercept()])]),
    ))
}

fn logreg(case: Case) -> Anyhow<Box<dyn Work>> {
    let (x, y) = (matrix(&case, "X")?, classes(&case)?);
    let alpha = 1.0 / case.float("C");
    Ok(fitting(
        move || Ok(LogisticRegression::fit(&x, &y, LogisticRegressionParameters::default().with_alpha(alpha))?),
        |m| Ok(vec![("coef", values(m.coefficients())), ("intercept", values(m.intercept()))]),
    ))
}

fn tree(case: Case) -> Anyhow<Box<dyn Work>> {
    let (x, y, test) = (matrix(&case, "X")?, classes(&case)?, matrix(&case, "X_test")?);
    Ok(fitting(
        move || Ok(DecisionTreeClassifier::fit(&x, &y, DecisionTreeClassifierParameters::default())?),
        move |m| Ok(vec![("predicted", m.predict(&test)?.iter().map(|&v| f64::from(v)).collect())]),
    ))
}
