//! Tasks: what is done for the whole installation now and then, at night or because an administrator
//! asked for it.
//!
//! Each time is a stream of its own, so streams stay short. That of a night has an id that follows
//! from its start and the task: however many processes think of it, it is asked for once. Of several
//! processes that want to do it, the one whose attempt the log takes does it.

use chrono::{Datelike, NaiveDateTime, Timelike};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Aggregate, StreamKind, Subject, event::events};

/// Where the ids of the nights' streams begin.
const FIRST_ID: u128 = 0xa1b0_3e40_0002_4000_8000_0000_0000_0000;
/// Bits in which they differ: the minute, twenty-four for the day, and eight for the task.
const NIGHT_BITS: u32 = 48;

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TaskKind {
    /// What was long in the trash goes.
    TrashCleanup,
    /// Who was deleted long ago goes.
    UserCleanup,
    /// People without faces go.
    PersonCleanup,
    /// Memories that nobody saved go.
    MemoryCleanup,
    /// Sessions that ended or were long not used go.
    SessionCleanup,
    /// Notifications that were read or removed long ago go.
    NotificationCleanup,
    /// Tags without assets go.
    TagCleanup,
    /// Memories of the days around are made.
    MemoryCreation,
    /// Small pictures that are missing are asked for.
    MissingPreviews,
    /// Faces that nobody was found for are looked at again.
    FaceClustering,
}

impl TaskKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::TrashCleanup,
        Self::UserCleanup,
        Self::PersonCleanup,
        Self::MemoryCleanup,
        Self::SessionCleanup,
        Self::NotificationCleanup,
        Self::TagCleanup,
        Self::MemoryCreation,
        Self::MissingPreviews,
        Self::FaceClustering,
    ];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TrashCleanup => "trash-cleanup",
            Self::UserCleanup => "user-cleanup",
            Self::PersonCleanup => "person-cleanup",
            Self::MemoryCleanup => "memory-cleanup",
            Self::SessionCleanup => "session-cleanup",
            Self::NotificationCleanup => "notification-cleanup",
            Self::TagCleanup => "tag-cleanup",
            Self::MemoryCreation => "memory-creation",
            Self::MissingPreviews => "missing-previews",
            Self::FaceClustering => "face-clustering",
        }
    }

    /// The kind of that stored name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The stream of this task in the night that begins at `start`. Whoever sets another time has two nights on that day.
    #[must_use]
    pub fn id_at_night(self, start: NaiveDateTime) -> Uuid {
        let day = u128::from(start.num_days_from_ce().unsigned_abs());
        let minute = u128::from(start.hour() * 60 + start.minute());
        Uuid::from_u128(FIRST_ID + (minute << 32) + (day << 8) + self as u128)
    }

    /// Whether that is the stream of a night, of whichever: nobody asked for it by hand.
    #[must_use]
    pub const fn is_of_a_night(id: Uuid) -> bool {
        id.as_u128() >> NIGHT_BITS == FIRST_ID >> NIGHT_BITS
    }
}

events! {
    /// Everything that can have happened to a task.
    pub enum TaskEvent {
        /// It is to be done.
        Requested(TaskRequested) = "task-requested" v 1,
        /// A process has begun.
        Started(TaskStarted) = "task-started" v 1,
        /// It is done.
        Finished(TaskFinished) = "task-finished" v 1,
        /// It came to nothing.
        Failed(TaskFailed) = "task-failed" v 1,
    }
}

/// See [`TaskEvent::Requested`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskRequested {
    /// What is to be done.
    pub task: TaskKind,
}

/// See [`TaskEvent::Started`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskStarted {
    /// Counts from 1.
    pub attempt: i32,
}

/// See [`TaskEvent::Finished`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskFinished {
    /// Which attempt it was.
    pub attempt: i32,
}

/// See [`TaskEvent::Failed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskFailed {
    /// Which attempt it was.
    pub attempt: i32,
    /// What went wrong, for a person to read.
    pub reason: String,
}

/// What the rules have to remember of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Task {
    is_requested: bool,
    attempt: i32,
    is_over: bool,
}

/// What can be asked of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskCommand {
    /// Do it.
    Request(TaskKind),
    /// This process begins with this attempt.
    Start {
        /// One more than the last.
        attempt: i32,
    },
    /// This attempt has done it.
    Finish {
        /// Which.
        attempt: i32,
    },
    /// This attempt came to nothing.
    Fail(TaskFailed),
}

/// Why a command to a task is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskRefusal {
    /// Another process does it, or it is over.
    #[error("another attempt at this task counts")]
    NotThisAttempt,
}

impl Aggregate for Task {
    const KIND: StreamKind = StreamKind::Task;
    type Command = TaskCommand;
    type Event = TaskEvent;
    type Refusal = TaskRefusal;

    fn decide(&self, command: TaskCommand) -> Result<Vec<TaskEvent>, TaskRefusal> {
        let is_current = |attempt: i32| self.attempt > 0 && attempt == self.attempt && !self.is_over;
        let event = match command {
            TaskCommand::Request(_) if self.is_requested => return Ok(Vec::new()),
            TaskCommand::Request(task) => TaskRequested { task }.into(),
            TaskCommand::Start { attempt } if self.is_requested && !self.is_over && attempt == self.attempt + 1 => {
                TaskStarted { attempt }.into()
            }
            TaskCommand::Finish { attempt } if is_current(attempt) => TaskFinished { attempt }.into(),
            TaskCommand::Fail(failed) if is_current(failed.attempt) => failed.into(),
            _ => return Err(TaskRefusal::NotThisAttempt),
        };
        Ok(vec![event])
    }

    fn evolve(&mut self, event: &TaskEvent) {
        match event {
            TaskEvent::Requested(_) => self.is_requested = true,
            TaskEvent::Started(started) => self.attempt = started.attempt,
            TaskEvent::Finished(_) | TaskEvent::Failed(_) => self.is_over = true,
        }
    }

    fn subject(&self, id: Uuid, _event: &TaskEvent) -> Subject {
        Subject::own(id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chrono::NaiveDate;

    use super::*;
    use crate::testing::given;

    fn night(ordinal: u32, hour: u32, minute: u32) -> NaiveDateTime {
        let day = NaiveDate::from_yo_opt(2026, ordinal).expect("a day");
        day.and_hms_opt(hour, minute, 0).expect("a time")
    }

    #[test]
    fn each_night_has_a_stream_for_each_task() {
        let nights = [night(1, 0, 0), night(1, 0, 1), night(1, 23, 59), night(2, 0, 0), night(3, 0, 0)];
        let ids = nights.into_iter().flat_map(|night| TaskKind::ALL.map(|kind| kind.id_at_night(night)));
        let ids: HashSet<Uuid> = ids.collect();
        assert_eq!(ids.len(), nights.len() * TaskKind::ALL.len());
        assert!(ids.iter().all(|id| id.get_version_num() == 4 && TaskKind::is_of_a_night(*id)));
        assert!(!TaskKind::is_of_a_night(Uuid::from_u128(0xa1b0_3e40_0002_4000_8001_0000_0000_0000)));
        for kind in TaskKind::ALL {
            assert_eq!(serde_json::to_value(kind).expect("serialises"), kind.as_str());
        }
    }

    #[test]
    fn a_task_is_asked_for_once() {
        let requested = TaskRequested { task: TaskKind::TrashCleanup };
        given::<Task>([]).when(TaskCommand::Request(requested.task)).then([requested.clone().into()]);
        given::<Task>([requested.clone().into()]).when(TaskCommand::Request(requested.task)).then([]);
    }

    #[test]
    fn one_process_does_it() {
        let requested = || TaskEvent::from(TaskRequested { task: TaskKind::TrashCleanup });
        let started = |attempt| TaskEvent::from(TaskStarted { attempt });
        given::<Task>([requested()]).when(TaskCommand::Start { attempt: 1 }).then([started(1)]);
        given::<Task>([requested(), started(1)]).when(TaskCommand::Start { attempt: 1 }).refused();
        // One that was left is begun again, and the first has nothing more to say.
        given::<Task>([requested(), started(1)]).when(TaskCommand::Start { attempt: 2 }).then([started(2)]);
        given::<Task>([requested(), started(1), started(2)]).when(TaskCommand::Finish { attempt: 1 }).refused();
        given::<Task>([]).when(TaskCommand::Start { attempt: 1 }).refused();
    }

    #[test]
    fn what_is_over_is_over() {
        let history = || [TaskRequested { task: TaskKind::TrashCleanup }.into(), TaskStarted { attempt: 1 }.into()];
        given::<Task>(history()).when(TaskCommand::Finish { attempt: 1 }).then([TaskFinished { attempt: 1 }.into()]);
        let over = history().into_iter().chain([TaskFinished { attempt: 1 }.into()]);
        given::<Task>(over).when(TaskCommand::Start { attempt: 2 }).refused();
    }
}
