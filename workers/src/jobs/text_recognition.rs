//! Reads the text in a picture.

use albumen_domain::{
    processing::Job,
    system::{Concurrency, JobSettings},
    text::{MAX_LINES, Text, TextCommand, TextLine, TextRead, TextRefusal},
};
use albumen_projections::work::Claimed;

use super::{
    Failure, Outcome, Workshop,
    runner::{Worker, report_apart},
};
use crate::inference::{FoundText, ReadText};

#[derive(Clone, Copy)]
pub(super) struct TextRecognition;

impl Worker for TextRecognition {
    const JOB: Job = Job::TextRecognition;

    fn concurrency(settings: &JobSettings) -> Concurrency {
        settings.ocr
    }

    fn is_possible(workshop: &Workshop) -> bool {
        workshop.predictor.is_available()
    }

    async fn work(self, workshop: &Workshop, work: &Claimed) -> Result<Outcome, Failure> {
        let Some(asset) = workshop.asset_to_recognise(work).await? else { return Ok(Outcome::Nothing) };
        let Some(model) = workshop.model_for(Self::JOB, work).await? else { return Ok(Outcome::Settled) };
        let file = workshop.preview(&asset)?;
        let found = workshop.predictor.read_text(&file, &model, options(workshop)).await?;
        // Meanwhile it can have been deleted, and then there is nothing to be told of it.
        if workshop.reads.library().asset(asset.id).await?.is_none() {
            return Ok(Outcome::Nothing);
        }
        let read = TextRead {
            owner: asset.owner_id,
            lease: work.lease_id,
            revision: work.revision,
            model,
            lines: lines_of(&found).into(),
        };
        let is_late = |TextRefusal::Stale { .. }: &TextRefusal| true;
        report_apart::<Text>(workshop, Self::JOB, work, (asset.id, TextCommand::Report(read)), is_late).await?;
        Ok(Outcome::Settled)
    }
}

fn options(workshop: &Workshop) -> ReadText {
    let in_force = workshop.configuration.current();
    let settings = &in_force.settings.machine_learning.ocr;
    ReadText {
        max_resolution: u32::try_from(settings.max_resolution).unwrap_or(u32::MAX),
        min_detection_score: settings.min_detection_score,
        min_recognition_score: settings.min_recognition_score,
    }
}

/// The lines that say something.
fn lines_of(found: &FoundText) -> Vec<TextLine> {
    let measured = found
        .lines
        .iter()
        .filter_map(|line| TextLine::measured(line.corners, line.box_score, line.text_score, &line.text));
    measured.filter(|line| !line.text.trim().is_empty()).take(MAX_LINES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::TextLine as FoundLine;

    #[test]
    fn what_says_nothing_is_no_line() {
        let line = |text: &str, score: f32| FoundLine {
            corners: [0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0],
            box_score: score,
            text_score: score,
            text: text.to_owned(),
        };
        let found =
            FoundText { lines: vec![line("EXIT", 0.5), line(" ", 0.5), line("", 0.5), line("way out", f32::NAN)] };
        let lines = lines_of(&found);
        assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["EXIT"]);
    }
}
