//! What is done for the whole installation: at night, or because an administrator asked for it.
//!
//! [`nightly`] asks for the tasks of a night when its time has come; [`runner`] does whatever was asked
//! for, in whichever process gets to it first. A task is one file here, says what it does, and may be
//! done twice without harm: a process can end in the middle of it.
//!
//! Apart from these, [`users`] removes who is to go, and [`releases`] looks for newer versions of the API.

mod clean;
mod nightly;
mod releases;
mod runner;
mod users;

use std::{sync::Arc, time::Duration};

use albumen_commands::Context;
use albumen_domain::{
    queue::{Queue, QueueCommand, QueueName, QueueStarted},
    system::NightlySettings,
    task::TaskKind,
};
use albumen_projections::runtime::Progress;
use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::jobs::{Failure, Workshop, face_clustering, memories, people};

pub use releases::{RELEASES_URL, Releases};

/// How often to look when nothing says that there is something to do.
const LOOK_INTERVAL: Duration = Duration::from_secs(60);
/// Between attempts when the database is away.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Waits until a read model has come on, where this process hears of it, and [`LOOK_INTERVAL`] at most.
async fn until_news(progress: &mut Option<watch::Receiver<Progress>>) {
    let heard = async {
        if let Some(progress) = progress
            && progress.changed().await.is_ok()
        {
            return;
        }
        std::future::pending().await
    };
    let _ = tokio::time::timeout(LOOK_INTERVAL, heard).await;
}

/// Whether there is somebody who can do it.
#[must_use]
pub const fn is_built(task: TaskKind) -> bool {
    matches!(
        task,
        TaskKind::TrashCleanup
            | TaskKind::UserCleanup
            | TaskKind::SessionCleanup
            | TaskKind::NotificationCleanup
            | TaskKind::MissingPreviews
            | TaskKind::PersonCleanup
            | TaskKind::TagCleanup
            | TaskKind::MemoryCreation
            | TaskKind::MemoryCleanup
            | TaskKind::FaceClustering
    )
}

/// Does a task, of a night or by hand.
async fn perform(task: TaskKind, is_night: bool, workshop: &Workshop, now: DateTime<Utc>) -> Result<(), Failure> {
    match task {
        TaskKind::TrashCleanup => clean::empty_old_trash(workshop, now).await,
        TaskKind::SessionCleanup => clean::end_old_sessions(workshop, now).await,
        TaskKind::NotificationCleanup => clean::delete_old_notifications(workshop, now).await,
        TaskKind::UserCleanup => users::give_up_deleted(workshop, now).await,
        TaskKind::MissingPreviews => ask_for_missing_previews(workshop).await,
        TaskKind::MemoryCreation => memories::generate(workshop, now).await,
        TaskKind::MemoryCleanup => memories::clean_up(workshop, now).await,
        TaskKind::PersonCleanup => people::clean_up(workshop, now, is_night).await,
        TaskKind::TagCleanup => clean::delete_unused_tags(workshop).await,
        TaskKind::FaceClustering => face_clustering::ask_for_new(workshop).await,
    }
}

/// The tasks of a night, in their order, by the switches of the configuration.
fn of_night(settings: &NightlySettings) -> Vec<TaskKind> {
    let tasks = [
        (settings.database_cleanup, TaskKind::TrashCleanup),
        (settings.database_cleanup, TaskKind::UserCleanup),
        (settings.database_cleanup, TaskKind::PersonCleanup),
        (settings.database_cleanup, TaskKind::MemoryCleanup),
        (settings.database_cleanup, TaskKind::SessionCleanup),
        (settings.database_cleanup, TaskKind::NotificationCleanup),
        (settings.generate_memories, TaskKind::MemoryCreation),
        (settings.missing_thumbnails, TaskKind::MissingPreviews),
        (settings.cluster_new_faces, TaskKind::FaceClustering),
    ];
    tasks.into_iter().filter(|(is_on, task)| *is_on && is_built(*task)).map(|(_, task)| task).collect()
}

/// Waits until it is known what was chosen.
async fn read_configuration(workshop: &Workshop) {
    while let Err(error) = workshop.configuration.reload().await {
        tracing::debug!(%error, "what is configured is not known yet");
        tokio::time::sleep(RETRY_DELAY).await;
    }
}

async fn ask_for_missing_previews(workshop: &Workshop) -> Result<(), Failure> {
    let started = QueueStarted { queue: QueueName::ThumbnailGeneration, all: false };
    let context = Context::job(TaskKind::MissingPreviews.as_str(), None);
    let id = started.queue.id();
    workshop.commands.execute::<Queue>(id, QueueCommand::Start(started), &context).await.map_err(Failure::for_now)?;
    people::ask_for_pictures(&workshop.commands, &workshop.reads, false).await
}

/// Starts what does tasks. `is_alone` where no other process does any: what was begun and not ended is
/// then of one that died.
#[must_use]
pub fn start(workshop: &Arc<Workshop>, is_alone: bool) -> Vec<tokio::task::JoinHandle<()>> {
    vec![
        tokio::spawn(nightly::run(workshop.clone())),
        tokio::spawn(runner::run(workshop.clone(), is_alone)),
        tokio::spawn(users::run(workshop.clone())),
        tokio::spawn(releases::run(workshop.clone())),
    ]
}

#[cfg(test)]
mod tests {
    use albumen_domain::system::{Settings, config};

    use super::*;

    #[test]
    fn a_night_has_the_tasks_that_are_switched_on() {
        let mut settings = Settings::of(&config::defaults()).expect("they fit").nightly_tasks;
        assert!(of_night(&settings).contains(&TaskKind::TrashCleanup));
        settings.database_cleanup = false;
        assert!(!of_night(&settings).contains(&TaskKind::TrashCleanup));
        assert!(of_night(&settings).contains(&TaskKind::MissingPreviews));
        settings.missing_thumbnails = false;
        assert!(!of_night(&settings).contains(&TaskKind::MissingPreviews));
    }
}
