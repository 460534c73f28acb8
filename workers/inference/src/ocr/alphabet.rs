//! What the recogniser's numbers stand for.

use std::{fs, path::Path};

use crate::session::{Fault, Numbers};

/// Where a recogniser keeps its characters when its file does not name them itself, one a line.
const FILES: [&str; 2] = ["dict.txt", "ppocr_keys.txt"];

/// The characters of a recogniser, the first of which stands for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alphabet(Vec<String>);

impl Alphabet {
    /// One character a line, as the file of a graph names them (`character` among its metadata), else as a file in its
    /// folder does.
    ///
    /// # Errors
    /// When neither does.
    pub fn load(character: Option<&str>, folder: &Path) -> Result<Self, Fault> {
        let in_file = || FILES.iter().find_map(|name| fs::read_to_string(folder.join(name)).ok());
        let lines = character.map(str::to_owned).or_else(in_file).ok_or_else(|| {
            Fault::unexpected(format!("it names no characters, and there is no {} beside it", FILES[0]))
        })?;
        Ok(Self::of_lines(&lines))
    }

    fn of_lines(lines: &str) -> Self {
        let own = lines.strip_suffix('\n').unwrap_or(lines).split('\n');
        let own = own.map(|line| line.strip_suffix('\r').unwrap_or(line).to_owned());
        Self([String::new()].into_iter().chain(own).chain([" ".to_owned()]).collect())
    }

    /// What the rows of probabilities say, and how sure that is: at each step the likeliest, where repeats and what stands for none are dropped.
    pub(super) fn read(&self, steps: &[f32]) -> (String, f32) {
        let mut text = String::new();
        let (mut sum, mut kept, mut before) = (0.0_f64, 0_u32, 0);
        for step in steps.chunks_exact(self.0.len()) {
            let (index, probability) = likeliest(step);
            if index != before && index != 0 {
                text.push_str(&self.0[index]);
                sum += five_decimals(f64::from(probability));
                kept += 1;
            }
            before = index;
        }
        let score = if kept == 0 { 0.0 } else { five_decimals(sum / f64::from(kept)) };
        (text, score as f32)
    }

    /// Whether the results of a graph are about these characters.
    pub(super) fn check(&self, results: &Numbers, lines: usize) -> Result<(), Fault> {
        let fits = matches!(results.dims.as_slice(), [count, _, width] if *count == lines && *width == self.0.len());
        if fits {
            return Ok(());
        }
        let (dims, own) = (&results.dims, self.0.len());
        Err(Fault::unexpected(format!("its result has the shape {dims:?}, where {own} characters are named")))
    }
}

fn likeliest(step: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::NEG_INFINITY);
    for (index, probability) in step.iter().enumerate() {
        if *probability > best.1 {
            best = (index, *probability);
        }
    }
    best
}

fn five_decimals(value: f64) -> f64 {
    (value * 1e5).round_ties_even() / 1e5
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(chosen: &[(usize, f32)]) -> Vec<f32> {
        let step = |(index, probability): &(usize, f32)| {
            let mut step = vec![0.0; 4];
            step[*index] = *probability;
            step
        };
        chosen.iter().flat_map(step).collect()
    }

    #[test]
    fn repeats_are_one_unless_something_stands_between() {
        let alphabet = Alphabet::of_lines("a\nb\n");
        assert_eq!(alphabet.0, ["", "a", "b", " "]);
        let read = alphabet.read(&steps(&[(1, 0.5), (1, 0.9), (0, 0.9), (1, 0.7), (3, 0.9), (2, 0.3)]));
        assert_eq!(read, ("aa b".to_owned(), 0.6));
    }

    #[test]
    fn nothing_read_has_no_score() {
        assert_eq!(Alphabet::of_lines("a\nb").read(&steps(&[(0, 0.9), (0, 0.9)])), (String::new(), 0.0));
    }

    #[test]
    fn scores_have_five_decimals() {
        let (_, score) = Alphabet::of_lines("a\nb").read(&steps(&[(1, 0.123_456_7), (2, 0.2)]));
        // (0.12346 + 0.2) / 2
        assert_eq!(score, 0.161_73);
    }

    #[test]
    fn another_alphabets_results_are_refused() {
        let results = Numbers { dims: vec![2, 10, 7], data: Vec::new() };
        assert!(Alphabet::of_lines("a\nb").check(&results, 2).is_err());
    }
}
