//! linfa, on OpenBLAS where it can use a BLAS.

use crate::{fitting, Anyhow, Case, Work};
use linfa::prelude::*;
use linfa_clustering::{KMeans, KMeansInit};
use linfa_linear::LinearRegression;
use linfa_logistic::LogisticRegression;
use linfa_reduction::Pca;
use linfa_svm::Svm;
use linfa_trees::DecisionTree;
use ndarray::{Array1, Axis};
use rand_xoshiro::rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256Plus;

pub fn prepare(kind: &str, case: Case) -> Anyhow<Box<dyn Work>> {
    match kind {
        "ols" => ols(case),
        "logreg" => logreg(case),
        "svc" => svc(case),
        "tree" => tree(case),
        "kmeans" => kmeans(case),
        "pca" => pca(case),
        _ => Err(format!("linfa has no {kind}").into()),
    }
}

fn ols(case: Case) -> Anyhow<Box<dyn Work>> {
    let data = Dataset::new(case.array("X")?.matrix()?, case.array("y")?.vector());
    Ok(fitting(
        move || Ok(LinearRegression::default().fit(&data)?),
        |m| Ok(vec![("coef", m.params().to_vec()), ("intercept", vec![m.intercept()])]),
    ))
}

fn logreg(case: Case) -> Anyhow<Box<dyn Work>> {
    let labels = case.array("y")?.vector().mapv(|v| v as usize);
    let data = Dataset::new(case.array("X")?.matrix()?, labels);
    let params = LogisticRegression::default().alpha(1.0 / case.float("C")).max_iterations(10_000);
    Ok(fitting(
        move || Ok(params.fit(&data)?),
        |m| {
            // Either class may have been chosen as the positive one.
            let sign = if m.labels().pos.class == 1 { 1.0 } else { -1.0 };
            Ok(vec![
                ("coef", m.params().iter().map(|v| sign * v).collect()),
                ("intercept", vec![sign * m.intercept()]),
            ])
        },
    ))
}

fn svc(case: Case) -> Anyhow<Box<dyn Work>> {
    let x = case.array("X")?.matrix()?;
    let labels = case.array("y")?.vector().mapv(|v| v > 0.0);
    // The kernel is exp(−‖x − x'‖²/eps); gamma is 1/(p·variance), as "scale" says.
    let eps = x.ncols() as f64 * x.var(0.0);
    let c = case.float("C");
    let tol = case.float("tol");
    let data = Dataset::new(x, labels);
    Ok(fitting(
        move || Ok(Svm::<f64, bool>::params().pos_neg_weights(c, c).gaussian_kernel(eps).eps(tol).fit(&data)?),
        |m| {
            // All samples are given, those with coefficient 0 as well.
            let support = (0..m.alpha.len()).map(|i| i as f64).collect();
            Ok(vec![("dual_coef", m.alpha.clone()), ("support", support), ("intercept", vec![-m.rho])])
        },
    ))
}

fn tree(case: Case) -> Anyhow<Box<dyn Work>> {
    let labels = case.array("y")?.vector().mapv(|v| v as usize);
    let data = Dataset::new(case.array("X")?.matrix()?, labels);
    let test = case.array("X_test")?.matrix()?;
    Ok(fitting(
        move || Ok(DecisionTree::params().min_weight_split(2.0).min_weight_leaf(1.0).max_depth(None).fit(&data)?),
        move |m| {
            let predicted: Array1<usize> = m.predict(&test);
            Ok(vec![("predicted", predicted.iter().map(|&v| v as f64).collect())])
        },
    ))
}

fn kmeans(case: Case) -> Anyhow<Box<dyn Work>> {
    let data = DatasetBase::from(case.array("X")?.matrix()?);
    let centers = case.array("centers")?.matrix()?;
    let k = centers.len_of(Axis(0));
    let params = KMeans::params_with_rng(k, Xoshiro256Plus::seed_from_u64(0))
        .n_runs(1)
        .max_n_iterations(case.int("iterations") as u64)
        .tolerance(case.float("tol"))
        .init_method(KMeansInit::Precomputed(centers));
    Ok(fitting(
        move || Ok(params.fit(&data)?),
        |m| Ok(vec![("centers", m.centroids().iter().copied().collect())]),
    ))
}

fn pca(case: Case) -> Anyhow<Box<dyn Work>> {
    let data = DatasetBase::from(case.array("X")?.matrix()?);
    let k = case.int("k");
    Ok(fitting(
        move || Ok(Pca::params(k).fit(&data)?),
        |m| Ok(vec![("components", m.components().iter().copied().collect())]),
    ))
}
