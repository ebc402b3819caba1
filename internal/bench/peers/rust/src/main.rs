//! The Rust peers of the benchmark: `sapwood-peer linfa` or `sapwood-peer smartcore`
//! answers requests on standard input, one JSON object per line, as serve.go
//! describes.

mod linfa_work;
mod npy;
mod smartcore_work;

use serde_json::{json, Value};
use std::error::Error;
use std::io::{BufRead, Write};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::time::Instant;

// openblas-src is here for the library that it links.
extern crate openblas_src;

pub type Anyhow<T> = Result<T, Box<dyn Error>>;

/// The arrays that the quality figure is computed from, by name.
pub type Arrays = Vec<(&'static str, Vec<f64>)>;

/// A piece of work made ready to run, over and over. Only `run` is timed.
pub trait Work {
    fn run(&mut self) -> Anyhow<()>;
    fn result(&self) -> Anyhow<Arrays>;
}

/// The work of fitting a model.
pub struct Fitting<F, R, M> {
    fit: F,
    result: R,
    last: Option<M>,
}

/// `fit` is the work; `result` makes arrays of what the last one returned.
pub fn fitting<F, R, M>(fit: F, result: R) -> Box<dyn Work>
where
    F: Fn() -> Anyhow<M> + 'static,
    R: Fn(&M) -> Anyhow<Arrays> + 'static,
    M: 'static,
{
    Box::new(Fitting { fit, result, last: None })
}

impl<F: Fn() -> Anyhow<M>, R: Fn(&M) -> Anyhow<Arrays>, M> Work for Fitting<F, R, M> {
    fn run(&mut self) -> Anyhow<()> {
        self.last = Some((self.fit)()?);
        Ok(())
    }
    fn result(&self) -> Anyhow<Arrays> {
        (self.result)(self.last.as_ref().ok_or("nothing was run")?)
    }
}

/// The data set and parameters of a workload.
pub struct Case {
    folder: String,
    params: Value,
}

impl Case {
    pub fn array(&self, name: &str) -> Anyhow<npy::Array> {
        npy::read(&format!("{}/{}.npy", self.folder, name))
    }
    pub fn float(&self, name: &str) -> f64 {
        self.params[name].as_f64().unwrap_or(f64::NAN)
    }
    pub fn int(&self, name: &str) -> usize {
        self.params[name].as_u64().unwrap_or(0) as usize
    }
}

fn answer(peer: &str, loaded: &mut Option<Box<dyn Work>>, request: &Value) -> Anyhow<Value> {
    let text = |key: &str| request[key].as_str().unwrap_or("").to_string();
    match text("do").as_str() {
        "load" => {
            let case = Case { folder: text("data"), params: request["params"].clone() };
            let (version, work) = match peer {
                "linfa" => ("0.8.1", linfa_work::prepare(&text("kind"), case)?),
                "smartcore" => ("0.7.0", smartcore_work::prepare(&text("kind"), case)?),
                _ => return Err(format!("no peer {peer}").into()),
            };
            *loaded = Some(work);
            Ok(json!({ "version": version }))
        }
        "run" => {
            let work = loaded.as_mut().ok_or("nothing is loaded")?;
            let least = request["least"].as_f64().unwrap_or(0.0);
            let (mut total, mut runs) = (0.0, 0);
            loop {
                let start = Instant::now();
                work.run()?;
                total += start.elapsed().as_secs_f64();
                runs += 1;
                if total >= least {
                    return Ok(json!({ "seconds": total / f64::from(runs) }));
                }
            }
        }
        "write" => {
            for (name, values) in loaded.as_ref().ok_or("nothing is loaded")?.result()? {
                npy::write(&format!("{}/{}.npy", text("dir"), name), &values)?;
            }
            Ok(json!({}))
        }
        other => Err(format!("unknown request {other}").into()),
    }
}

fn main() -> Anyhow<()> {
    let peer = std::env::args().nth(1).ok_or("name a peer")?;
    let mut loaded = None;
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let reply = match catch_unwind(AssertUnwindSafe(|| answer(&peer, &mut loaded, &request))) {
            Ok(Ok(value)) => value,
            Ok(Err(e)) => json!({ "error": e.to_string() }),
            Err(_) => json!({ "error": "panicked" }),
        };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{reply}")?;
        out.flush()?;
    }
    Ok(())
}
