//! NumPy's file format, as far as the benchmark needs it: float64 and int64 in C order.

use crate::Anyhow;
use ndarray::{Array1, Array2};
use std::fs;

/// An array of one or two dimensions; integers become floats.
pub struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f64>,
}

impl Array {
    pub fn matrix(self) -> Anyhow<Array2<f64>> {
        Ok(Array2::from_shape_vec((self.shape[0], *self.shape.get(1).ok_or("not a matrix")?), self.values)?)
    }
    pub fn vector(self) -> Array1<f64> {
        Array1::from(self.values)
    }
}

pub fn read(path: &str) -> Anyhow<Array> {
    let bytes = fs::read(path).map_err(|e| format!("{path}: {e}"))?;
    if bytes.len() < 10 || &bytes[..6] != b"\x93NUMPY" || bytes[6] != 1 {
        return Err(format!("{path} is no .npy file of version 1").into());
    }
    let data = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = std::str::from_utf8(&bytes[10..data])?;
    let integers = header.contains("'<i8'");
    if header.contains("'fortran_order': True") || !(integers || header.contains("'<f8'")) {
        return Err(format!("{path}: cannot read {header}").into());
    }
    let dims = header.split('(').nth(1).and_then(|s| s.split(')').next()).ok_or("no shape")?;
    let shape = dims
        .split(',')
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .map(str::parse)
        .collect::<Result<Vec<usize>, _>>()?;
    let values = bytes[data..]
        .chunks_exact(8)
        .map(|c| {
            let word = u64::from_le_bytes(c.try_into().expect("eight bytes"));
            if integers { word as i64 as f64 } else { f64::from_bits(word) }
        })
        .collect();
    Ok(Array { shape, values })
}

pub fn write(path: &str, values: &[f64]) -> Anyhow<()> {
    let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({},), }}", values.len());
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len())?.to_le_bytes());
    bytes.extend(header.as_bytes());
    for v in values {
        bytes.extend(v.to_le_bytes());
    }
    Ok(fs::write(path, bytes)?)
}
