//! Reading the text in pictures, in histories.

use albumen_domain::text::{TextCommand, TextLine, TextRead};
use proptest::{collection::vec, prelude::*};
use uuid::Uuid;

use super::{
    historian::{Historian, ask},
    values::texts,
};
use crate::naive;

/// What stands in pictures, some of it alike.
pub const WORDS: [&str; 10] = ["total", "Totals", "Grand", "grant", "tötal", "12,50", "a", "会議室", "会議", "한국어"];

/// The lines of a picture; now and then there are none.
pub fn lines() -> impl Strategy<Value = Vec<TextLine>> {
    let word = (0..WORDS.len()).prop_map(|which| WORDS[which].to_owned());
    let words = vec(word, 1..4).prop_map(|words| words.join(" "));
    let text = prop_oneof![6 => words, 1 => texts()];
    let line = (text, any::<[f32; 8]>(), 0.0..1.0f32)
        .prop_filter_map("measured", |(text, corners, score)| TextLine::measured(corners, score, score, &text));
    vec(line, 0..4)
}

impl Historian {
    /// Nobody reads what is gone.
    pub(super) fn read_text(&mut self, asset: usize, lines: Vec<TextLine>) {
        let photos = naive::library(&self.history.events);
        let Some(photo) = (!photos.is_empty()).then(|| &photos[asset % photos.len()]) else { return };
        let (lease, revision) = (self.new_id(), self.history.last());
        self.report_text(photo.id, lease, revision, "small", lines);
    }

    /// A worker has read what it was asked to read, unless that is gone meanwhile.
    pub(super) fn answer_text(&mut self, asset: Uuid, lease: Uuid, revision: i64, number: i32) {
        if naive::library(&self.history.events).iter().any(|photo| photo.id == asset) {
            let count = number as usize % 3;
            let words = WORDS.iter().cycle().skip(number as usize % WORDS.len()).take(count);
            let lines = words.filter_map(|word| TextLine::measured([0.5; 8], 0.5, 0.5, word)).collect();
            let model = if number % 2 == 0 { "small" } else { "large" };
            self.report_text(asset, lease, revision, model, lines);
        }
    }

    fn report_text(&mut self, asset: Uuid, lease: Uuid, revision: i64, model: &str, lines: Vec<TextLine>) {
        let owner = self.owners[&asset];
        let read = TextRead { owner, lease, revision, model: model.to_owned(), lines: lines.into() };
        let text = self.texts.entry(asset).or_default();
        ask(asset, text, TextCommand::Report(read), &mut self.history, &mut self.sequences, self.now);
    }
}
