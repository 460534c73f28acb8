//! Does the tasks that were asked for. Of several processes, the one whose attempt the log takes does
//! a task; one that was begun long ago and not ended is begun again.

use std::{sync::Arc, time::Duration};

use albumen_commands::{CommandError, Context};
use albumen_domain::{
    queue::QueueName,
    task::{Task, TaskCommand, TaskFailed, TaskKind, TaskRefusal},
};
use albumen_projections::{ReadError, work::TaskRow};
use chrono::{DateTime, TimeDelta, Utc};

use super::{perform, until_news};
use crate::jobs::{Failure, Workshop};

/// A process that has not ended a task after this time is taken for dead.
const BOUND: TimeDelta = TimeDelta::hours(2);
/// What was asked for may wait this long, so that a library that is being filled is not asked at every
/// photo.
const BREATH: Duration = Duration::from_millis(200);
/// After the database was away.
const PAUSE: Duration = Duration::from_secs(1);

/// Does tasks, one after the other, for ever.
pub(super) async fn run(workshop: Arc<Workshop>, is_alone: bool) {
    let born = Utc::now();
    let mut wake = workshop.reads.progress_of("work");
    loop {
        match next(&workshop, is_alone.then_some(born)).await {
            Ok(Some((task, kind))) => attempt(&workshop, &task, kind).await,
            Ok(None) => {
                until_news(&mut wake).await;
                tokio::time::sleep(BREATH).await;
            }
            Err(error) => {
                tracing::debug!(%error, "no task can be looked for");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// The oldest task that nobody does.
async fn next(
    workshop: &Workshop,
    alone_since: Option<DateTime<Utc>>,
) -> Result<Option<(TaskRow, TaskKind)>, ReadError> {
    let tasks = workshop.reads.work().tasks().await?;
    let now = Utc::now();
    let is_free = |task: &TaskRow| {
        task.failure.is_none()
            && task
                .started_at
                .is_none_or(|started| started < now - BOUND || alone_since.is_some_and(|since| started < since))
    };
    let mut free = tasks.into_iter().filter(is_free);
    let Some(task) = free.find_map(|task| TaskKind::by_name(&task.kind).map(|kind| (task, kind))) else {
        return Ok(None);
    };
    let is_paused = workshop.reads.work().paused_queues().await?.contains(QueueName::BackgroundTask.as_str());
    Ok((!is_paused).then_some(task))
}

async fn attempt(workshop: &Workshop, task: &TaskRow, kind: TaskKind) {
    let attempt = task.attempt + 1;
    if !told(workshop, task, kind, TaskCommand::Start { attempt }).await {
        // Another was faster. What it does shows up in the read model.
        tokio::time::sleep(PAUSE).await;
        return;
    }
    tracing::debug!(task = kind.as_str(), attempt, "begun");
    let command = match perform(kind, TaskKind::is_of_a_night(task.id), workshop, Utc::now()).await {
        Ok(()) => TaskCommand::Finish { attempt },
        Err(failure) => {
            tracing::warn!(task = kind.as_str(), %failure, "a task came to nothing");
            TaskCommand::Fail(TaskFailed { attempt, reason: reason(&failure) })
        }
    };
    told(workshop, task, kind, command).await;
}

fn reason(failure: &Failure) -> String {
    failure.to_string()
}

/// Puts something about a task into the log; whether it got there.
async fn told(workshop: &Workshop, task: &TaskRow, kind: TaskKind, command: TaskCommand) -> bool {
    let context = Context::job(kind.as_str(), None);
    match workshop.commands.execute::<Task>(task.id, command, &context).await {
        Ok(executed) => {
            if let Some(position) = executed.position {
                workshop.reads.wait_for(position).await;
            }
            true
        }
        Err(CommandError::Refused(TaskRefusal::NotThisAttempt)) => false,
        Err(error) => {
            tracing::warn!(task = kind.as_str(), %error, "nothing could be written about a task");
            false
        }
    }
}
