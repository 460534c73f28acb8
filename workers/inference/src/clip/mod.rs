//! Pictures and words in one space.

mod languages;
mod text;
mod visual;

pub use text::Textual;
pub use visual::{Seen, Visual};

use crate::session::{Fault, Numbers};

/// The first row of what an encoder says. Graphs normalise it themselves.
fn embedding(result: Numbers) -> Result<Vec<f32>, Fault> {
    let width = result.width();
    checked(result.data.into_iter().take(width).collect())
}

/// The rows of what an encoder says to so many inputs, each of which may be wrong for itself.
fn embeddings(result: &Numbers, count: usize) -> Result<Vec<Result<Vec<f32>, Fault>>, Fault> {
    let width = result.width();
    if width == 0 || result.data.len() != width * count {
        return Err(Fault::unexpected(format!("its result to {count} inputs has the shape {:?}", result.dims)));
    }
    Ok(result.data.chunks(width).map(|row| checked(row.to_vec())).collect())
}

fn checked(row: Vec<f32>) -> Result<Vec<f32>, Fault> {
    if row.len() < 2 {
        return Err(Fault::unexpected(format!("its result has {} numbers", row.len())));
    }
    if row.iter().any(|value| !value.is_finite()) {
        return Err(Fault::Graph("the embedding holds what is no number".to_owned()));
    }
    Ok(row)
}
