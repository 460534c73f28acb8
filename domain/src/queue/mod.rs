//! Queues: what work is grouped by, and what administrators ask of it.
//!
//! A queue holds nothing itself. What is to be done follows from the log; a queue's stream tells
//! whether it is held back, and when all of its work was asked for again or dropped.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Aggregate, StreamKind, Subject, event::events, processing::Job};

/// Where the ids of the queues' streams begin; each adds its number.
const FIRST_ID: u128 = 0xa1b0_3e40_0001_4000_8000_0000_0000_0000;

/// Every queue, in the order in which clients see them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum QueueName {
    /// Small pictures.
    ThumbnailGeneration,
    /// What files say about themselves.
    MetadataExtraction,
    /// Films in other forms.
    VideoConversion,
    /// Where faces are.
    FaceDetection,
    /// Whose faces they are.
    FacialRecognition,
    /// Vectors to search by.
    SmartSearch,
    /// The same picture twice.
    DuplicateDetection,
    /// Everything small.
    BackgroundTask,
    /// Originals to where they belong.
    StorageTemplateMigration,
    /// Derived files to where they belong.
    Migration,
    /// Nothing any more.
    Search,
    /// Files beside originals.
    Sidecar,
    /// External libraries.
    Library,
    /// Telling users.
    Notifications,
    /// Dumps of the database.
    BackupDatabase,
    /// Text in pictures.
    Ocr,
    /// What users have automated.
    Workflow,
    /// Files that are missing or changed.
    IntegrityCheck,
    /// Pictures of edited assets.
    Editor,
}

impl QueueName {
    /// Every queue.
    pub const ALL: [Self; 19] = [
        Self::ThumbnailGeneration,
        Self::MetadataExtraction,
        Self::VideoConversion,
        Self::FaceDetection,
        Self::FacialRecognition,
        Self::SmartSearch,
        Self::DuplicateDetection,
        Self::BackgroundTask,
        Self::StorageTemplateMigration,
        Self::Migration,
        Self::Search,
        Self::Sidecar,
        Self::Library,
        Self::Notifications,
        Self::BackupDatabase,
        Self::Ocr,
        Self::Workflow,
        Self::IntegrityCheck,
        Self::Editor,
    ];

    /// The id of its stream.
    #[must_use]
    pub const fn id(self) -> Uuid {
        Uuid::from_u128(FIRST_ID + 1 + self as u128)
    }

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ThumbnailGeneration => "thumbnail-generation",
            Self::MetadataExtraction => "metadata-extraction",
            Self::VideoConversion => "video-conversion",
            Self::FaceDetection => "face-detection",
            Self::FacialRecognition => "facial-recognition",
            Self::SmartSearch => "smart-search",
            Self::DuplicateDetection => "duplicate-detection",
            Self::BackgroundTask => "background-task",
            Self::StorageTemplateMigration => "storage-template-migration",
            Self::Migration => "migration",
            Self::Search => "search",
            Self::Sidecar => "sidecar",
            Self::Library => "library",
            Self::Notifications => "notifications",
            Self::BackupDatabase => "backup-database",
            Self::Ocr => "ocr",
            Self::Workflow => "workflow",
            Self::IntegrityCheck => "integrity-check",
            Self::Editor => "editor",
        }
    }

    /// The queue that a job on one asset is in.
    #[must_use]
    pub const fn of(job: Job) -> Self {
        match job {
            Job::Metadata => Self::MetadataExtraction,
            Job::Previews | Job::PersonThumbnail => Self::ThumbnailGeneration,
            Job::Deletion => Self::BackgroundTask,
            Job::Sidecar => Self::Sidecar,
            Job::Embedding => Self::SmartSearch,
            Job::FaceDetection => Self::FaceDetection,
            Job::TextRecognition => Self::Ocr,
            Job::DuplicateDetection => Self::DuplicateDetection,
            Job::FaceClustering | Job::FaceRegrouping => Self::FacialRecognition,
            Job::AlbumInvitation | Job::AlbumNews => Self::Notifications,
        }
    }

    /// The job of which all assets can be asked again at once.
    #[must_use]
    pub const fn startable(self) -> Option<Job> {
        match self {
            Self::MetadataExtraction => Some(Job::Metadata),
            Self::ThumbnailGeneration => Some(Job::Previews),
            Self::SmartSearch => Some(Job::Embedding),
            Self::FaceDetection => Some(Job::FaceDetection),
            Self::FacialRecognition => Some(Job::FaceClustering),
            Self::Ocr => Some(Job::TextRecognition),
            Self::DuplicateDetection => Some(Job::DuplicateDetection),
            _ => None,
        }
    }
}

impl QueueName {
    /// Whether its work can be done as if it had never been done, which is more than doing it again: faces are
    /// grouped anew.
    #[must_use]
    pub const fn is_resettable(self) -> bool {
        matches!(self, Self::FaceDetection | Self::FacialRecognition)
    }
}

events! {
    /// Everything that can have happened to a queue.
    pub enum QueueEvent {
        /// Nothing more of it is begun.
        Paused(QueuePaused) = "queue-paused" v 1,
        /// It goes on.
        Resumed(QueueResumed) = "queue-resumed" v 1,
        /// Its work was asked for again.
        Started(QueueStarted) = "queue-started" v 1,
        /// What waits in it was dropped.
        Emptied(QueueEmptied) = "queue-emptied" v 1,
        /// What was given up in it was dropped.
        FailuresCleared(QueueFailuresCleared) = "queue-failures-cleared" v 1,
        /// Its work was asked for as if it had never been done.
        Reset(QueueReset) = "queue-reset" v 1,
    }
}

/// See [`QueueEvent::Paused`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueuePaused {
    /// Which.
    pub queue: QueueName,
}

/// See [`QueueEvent::Resumed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueueResumed {
    /// Which.
    pub queue: QueueName,
}

/// See [`QueueEvent::Started`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueueStarted {
    /// Which.
    pub queue: QueueName,
    /// For all assets; else for those where it is missing.
    pub all: bool,
}

/// See [`QueueEvent::Emptied`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueueEmptied {
    /// Which.
    pub queue: QueueName,
    /// What was given up, too.
    pub failed: bool,
}

/// See [`QueueEvent::FailuresCleared`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueueFailuresCleared {
    /// Which.
    pub queue: QueueName,
}

/// See [`QueueEvent::Reset`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueueReset {
    /// Which.
    pub queue: QueueName,
}

/// What the rules have to remember of a queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    is_paused: bool,
}

/// What can be asked of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueCommand {
    /// Begin nothing more.
    Pause(QueueName),
    /// Go on.
    Resume(QueueName),
    /// Do its work again.
    Start(QueueStarted),
    /// Drop what waits.
    Empty(QueueEmptied),
    /// Drop what was given up.
    ClearFailures(QueueName),
    /// Do its work as if it had never been done.
    Reset(QueueName),
}

/// Why a command to a queue is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueRefusal {
    /// Its work cannot be asked for as a whole.
    #[error("the work of {} cannot be asked for as a whole", .0.as_str())]
    NotStartable(QueueName),
}

impl Aggregate for Queue {
    const KIND: StreamKind = StreamKind::Queue;
    type Command = QueueCommand;
    type Event = QueueEvent;
    type Refusal = QueueRefusal;

    fn decide(&self, command: QueueCommand) -> Result<Vec<QueueEvent>, QueueRefusal> {
        let event = match command {
            QueueCommand::Pause(_) if self.is_paused => return Ok(Vec::new()),
            QueueCommand::Resume(_) if !self.is_paused => return Ok(Vec::new()),
            QueueCommand::Pause(queue) => QueuePaused { queue }.into(),
            QueueCommand::Resume(queue) => QueueResumed { queue }.into(),
            QueueCommand::Start(started) if started.queue.startable().is_none() => {
                return Err(QueueRefusal::NotStartable(started.queue));
            }
            QueueCommand::Start(started) => started.into(),
            QueueCommand::Reset(queue) if !queue.is_resettable() => return Err(QueueRefusal::NotStartable(queue)),
            QueueCommand::Reset(queue) => QueueReset { queue }.into(),
            QueueCommand::Empty(emptied) => emptied.into(),
            QueueCommand::ClearFailures(queue) => QueueFailuresCleared { queue }.into(),
        };
        Ok(vec![event])
    }

    fn evolve(&mut self, event: &QueueEvent) {
        match event {
            QueueEvent::Paused(_) => self.is_paused = true,
            QueueEvent::Resumed(_) => self.is_paused = false,
            QueueEvent::Started(_) | QueueEvent::Emptied(_) | QueueEvent::FailuresCleared(_) | QueueEvent::Reset(_) => {
            }
        }
    }

    fn subject(&self, id: Uuid, _event: &QueueEvent) -> Subject {
        Subject::own(id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::testing::given;

    #[test]
    fn each_has_a_stream_and_a_name_of_its_own() {
        let ids: HashSet<Uuid> = QueueName::ALL.into_iter().map(QueueName::id).collect();
        assert_eq!(ids.len(), QueueName::ALL.len());
        for queue in QueueName::ALL {
            assert_eq!(serde_json::to_value(queue).expect("serialises"), queue.as_str());
            assert_eq!(queue.id().get_version_num(), 4);
        }
    }

    #[test]
    fn a_queue_is_paused_once_and_resumed_once() {
        let queue = QueueName::MetadataExtraction;
        let paused = QueuePaused { queue };
        given::<Queue>([]).when(QueueCommand::Pause(queue)).then([paused.clone().into()]);
        given::<Queue>([paused.clone().into()]).when(QueueCommand::Pause(queue)).then([]);
        given::<Queue>([paused.into()]).when(QueueCommand::Resume(queue)).then([QueueResumed { queue }.into()]);
        given::<Queue>([]).when(QueueCommand::Resume(queue)).then([]);
    }

    #[test]
    fn only_people_are_grouped_anew() {
        let queue = QueueName::FacialRecognition;
        given::<Queue>([]).when(QueueCommand::Reset(queue)).then([QueueReset { queue }.into()]);
        let queue = QueueName::MetadataExtraction;
        let refusal = given::<Queue>([]).when(QueueCommand::Reset(queue)).refused();
        assert_eq!(refusal, QueueRefusal::NotStartable(queue));
    }

    #[test]
    fn only_work_on_assets_can_be_asked_for_as_a_whole() {
        let start = |queue| QueueCommand::Start(QueueStarted { queue, all: true });
        let queue = QueueName::BackgroundTask;
        assert_eq!(given::<Queue>([]).when(start(queue)).refused(), QueueRefusal::NotStartable(queue));
        let started = QueueStarted { queue: QueueName::ThumbnailGeneration, all: true };
        given::<Queue>([]).when(start(started.queue)).then([started.into()]);
    }
}
