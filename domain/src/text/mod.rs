//! The text in a picture, as a machine read it.
//!
//! The stream has the id of the asset. It is apart from all else that is known of the asset: a picture can
//! show pages of text, and nothing that is decided about an asset looks at any of it. Each reading replaces
//! the one before.

mod decide;
mod event;

pub use decide::{Text, TextCommand, TextRefusal};
pub use event::{TextEvent, TextLine, TextRead};

/// Lines of a reading: no detector looks at more places.
pub const MAX_LINES: usize = 1_000;
/// Letters of a line: more are no line.
pub const MAX_LINE_LETTERS: usize = 2_000;

/// Decimals of what is measured: a tenth of a pixel of the largest picture that is looked at.
const DECIMALS: f64 = 100_000.0;

impl TextLine {
    /// A line by what a machine measured; none when that is not a number.
    #[must_use]
    pub fn measured(corners: [f32; 8], box_score: f32, text_score: f32, text: &str) -> Option<Self> {
        let is_measured = corners.iter().chain([&box_score, &text_score]).all(|number| number.is_finite());
        is_measured.then(|| Self {
            corners: corners.map(portion),
            box_score: portion(box_score),
            text_score: portion(text_score),
            text: text.chars().take(MAX_LINE_LETTERS).collect(),
        })
    }
}

/// From 0 to 1, with as many decimals as mean something.
fn portion(number: f32) -> f64 {
    (f64::from(number).clamp(0.0, 1.0) * DECIMALS).round() / DECIMALS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_is_within_the_picture() {
        let corners = [-0.1, 0.123_456_7, 1.5, 0.0, 1.0, 0.5, 0.25, f32::MIN_POSITIVE];
        let line = TextLine::measured(corners, 0.876_543_2, 1.01, "Menu").expect("numbers");
        assert_eq!(line.corners, [0.0, 0.12346, 1.0, 0.0, 1.0, 0.5, 0.25, 0.0]);
        assert_eq!((line.box_score, line.text_score), (0.87654, 1.0));
        let long = TextLine::measured([0.0; 8], 1.0, 1.0, &"ä".repeat(MAX_LINE_LETTERS + 1)).expect("numbers");
        assert_eq!(long.text.chars().count(), MAX_LINE_LETTERS);
    }

    #[test]
    fn what_is_no_number_is_no_line() {
        for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(TextLine::measured([0.0, 0.0, 0.0, odd, 0.0, 0.0, 0.0, 0.0], 1.0, 1.0, "x"), None);
            assert_eq!(TextLine::measured([0.0; 8], odd, 1.0, "x"), None);
            assert_eq!(TextLine::measured([0.0; 8], 1.0, odd, "x"), None);
        }
    }
}
