//! The rules of readings.

use uuid::Uuid;

use super::{MAX_LINES, TextEvent, TextRead};
use crate::{Aggregate, Personal, StreamKind, Subject};

/// What the rules have to remember of readings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The newest revision of the input that was answered.
    answered_revision: Option<i64>,
}

/// What a worker reports.
#[derive(Clone, Debug, PartialEq)]
pub enum TextCommand {
    /// This was read.
    Report(TextRead),
}

/// Why a report is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextRefusal {
    /// The same or a newer input was answered already.
    #[error("the text of revision {revision} was read already, up to {answered}")]
    Stale {
        /// What the report saw.
        revision: i64,
        /// What was answered.
        answered: i64,
    },
}

impl Aggregate for Text {
    const KIND: StreamKind = StreamKind::Text;
    type Command = TextCommand;
    type Event = TextEvent;
    type Refusal = TextRefusal;

    fn decide(&self, command: TextCommand) -> Result<Vec<TextEvent>, TextRefusal> {
        let TextCommand::Report(mut read) = command;
        match self.answered_revision {
            Some(answered) if answered >= read.revision => {
                Err(TextRefusal::Stale { revision: read.revision, answered })
            }
            _ => {
                if let Personal::Known(lines) = &mut read.lines {
                    lines.truncate(MAX_LINES);
                }
                Ok(vec![read.into()])
            }
        }
    }

    fn evolve(&mut self, event: &TextEvent) {
        let TextEvent::Read(read) = event;
        self.answered_revision = self.answered_revision.max(Some(read.revision));
    }

    fn subject(&self, id: Uuid, event: &TextEvent) -> Subject {
        let TextEvent::Read(read) = event;
        Subject { id, owner: read.owner }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{testing::given, text::TextLine};

    fn read(revision: i64, lines: usize) -> TextRead {
        let line = TextLine::measured([0.0; 8], 0.9, 0.9, "Menu").expect("numbers");
        TextRead {
            owner: Uuid::from_u128(1),
            lease: Uuid::from_u128(2),
            revision,
            model: "PP-OCRv5_mobile".to_owned(),
            lines: vec![line; lines].into(),
        }
    }

    fn report(revision: i64, lines: usize) -> TextCommand {
        TextCommand::Report(read(revision, lines))
    }

    #[test]
    fn each_input_is_answered_once() {
        given::<Text>([]).when(report(5, 2)).then([read(5, 2).into()]);
        given::<Text>([read(5, 2).into()]).when(report(6, 0)).then([read(6, 0).into()]);
        for revision in [4, 5] {
            let refused = given::<Text>([read(5, 2).into()]).when(report(revision, 1)).refused();
            assert_eq!(refused, TextRefusal::Stale { revision, answered: 5 });
        }
    }

    #[test]
    fn nothing_is_endless() {
        given::<Text>([]).when(report(5, MAX_LINES + 3)).then([read(5, MAX_LINES).into()]);
    }

    #[test]
    fn it_is_erased_with_its_asset() {
        let asset = Uuid::from_u128(7);
        let subject = Text::default().subject(asset, &read(5, 1).into());
        assert_eq!(subject, Subject { id: asset, owner: Uuid::from_u128(1) });
    }
}
