//! Pictures and words in one space.

mod languages;
mod text;
mod visual;

pub use text::Textual;
pub use visual::Visual;

use crate::session::{Fault, Numbers};

/// The first row of what an encoder says. Graphs normalise it themselves.
fn embedding(result: Numbers) -> Result<Vec<f32>, Fault> {
    let width = result.width();
    let row: Vec<f32> = result.data.into_iter().take(width).collect();
    if row.len() < 2 {
        return Err(Fault::unexpected(format!("its result has {} numbers", row.len())));
    }
    if row.iter().any(|value| !value.is_finite()) {
        return Err(Fault::Graph("the embedding holds what is no number".to_owned()));
    }
    Ok(row)
}
