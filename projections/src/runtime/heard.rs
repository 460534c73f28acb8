//! What the processes of an installation tell each other about their read models.
//!
//! Who applies to a read model announces how far it has come; everybody else hears of it, and so
//! a request that is answered by another process than the one that applies its event can still
//! wait for it. Announcements are of use at once or never: one that is lost is made up for by
//! looking at the checkpoints now and then.

use std::{sync::Arc, time::Duration};

use albumen_schemas::{database::connect, leadership};
use futures::future::select_all;
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_postgres::AsyncMessage;

use super::{
    describe, instance,
    subscription::{Reported, heard},
};

const CHANNEL: &str = "albumen_checkpoint";
/// How often the checkpoints are looked at, for failures and for what was not heard.
const REFRESH_INTERVAL: Duration = Duration::from_secs(2);
/// Between attempts to reach the database.
const RETRY_DELAY: Duration = Duration::from_millis(500);
/// Announcements that may wait to be noted: many for each read model.
const QUEUE_LENGTH: usize = 256;

/// Progress of all read models, by name.
pub(crate) type All = Arc<Vec<(&'static str, Reported)>>;

/// Tasks that end when this is dropped.
pub(crate) struct Tasks(Vec<JoinHandle<()>>);

impl Drop for Tasks {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// Starts to hear of what other processes apply, and to announce what this one does.
pub(crate) fn share(all: &All, database: &tokio_postgres::Config) -> Tasks {
    let database = leadership::with_keepalives(database);
    let hearing = tokio::spawn(keep_trying(all.clone(), database.clone(), listen));
    let announcing = tokio::spawn(keep_trying(all.clone(), database, announce));
    Tasks(vec![hearing, announcing])
}

async fn keep_trying<F>(all: All, database: tokio_postgres::Config, task: fn(All, tokio_postgres::Config) -> F)
where
    F: Future<Output = Result<(), tokio_postgres::Error>>,
{
    loop {
        if let Err(error) = task(all.clone(), database.clone()).await {
            tracing::debug!(error = describe(&error), "read models of other processes are not heard of");
        }
        tokio::time::sleep(RETRY_DELAY).await;
    }
}

async fn listen(all: All, mut database: tokio_postgres::Config) -> Result<(), tokio_postgres::Error> {
    database.application_name("albumen checkpoints");
    let (client, mut connection) = connect(&database).await?;
    let (told, mut news) = mpsc::channel::<String>(QUEUE_LENGTH);
    let pump = Tasks(vec![tokio::spawn(async move {
        while let Some(message) = std::future::poll_fn(|context| connection.poll_message(context)).await {
            match message {
                // What finds no room is seen when the checkpoints are looked at.
                Ok(AsyncMessage::Notification(notification)) => drop(told.try_send(notification.payload().to_owned())),
                Ok(_) => {}
                Err(_) => return,
            }
        }
    })]);
    client.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
    let mut refresh = tokio::time::interval(REFRESH_INTERVAL);
    loop {
        tokio::select! {
            announced = news.recv() => match announced {
                Some(announced) => note(&all, &announced),
                None => break,
            },
            _ = refresh.tick() => look(&all, &client).await?,
        }
    }
    drop(pump);
    Ok(())
}

/// Looks at all checkpoints.
async fn look(all: &All, client: &tokio_postgres::Client) -> Result<(), tokio_postgres::Error> {
    for (name, progress) in all.iter() {
        if let Some(checkpoint) = instance::checkpoint(client, name).await? {
            heard(progress, checkpoint.position, checkpoint.failure);
        }
    }
    Ok(())
}

/// Notes `name position`.
fn note(all: &All, announced: &str) {
    let Some((name, position)) = announced.split_once(' ') else { return };
    let Ok(position) = position.parse() else { return };
    if let Some((_, progress)) = all.iter().find(|(known, _)| *known == name) {
        heard(progress, position, None);
    }
}

async fn announce(all: All, mut database: tokio_postgres::Config) -> Result<(), tokio_postgres::Error> {
    database.application_name("albumen announcements");
    let (client, connection) = connect(&database).await?;
    let _connection = Tasks(vec![tokio::spawn(async move {
        // Its end shows in the client's own errors.
        let _ = connection.await;
    })]);
    client.batch_execute("SET synchronous_commit = off").await?;
    let tell = client.prepare(&format!("SELECT pg_notify('{CHANNEL}', told) FROM UNNEST($1::text[]) AS told")).await?;
    let mut receivers: Vec<_> = all.iter().map(|(_, progress)| progress.subscribe()).collect();
    let mut known: Vec<i64> = vec![-1; receivers.len()];
    loop {
        // Everything that came since the last time is told at once.
        let mut told = Vec::new();
        for (((name, _), receiver), known) in all.iter().zip(&mut receivers).zip(&mut known) {
            let now = receiver.borrow_and_update();
            if now.term.is_some() && now.position != *known {
                *known = now.position;
                told.push(format!("{name} {}", now.position));
            }
        }
        if !told.is_empty() {
            client.execute(&tell, &[&told]).await?;
        }
        let moved = receivers.iter_mut().map(|receiver| Box::pin(receiver.changed()));
        let (moved, ..) = select_all(moved).await;
        if moved.is_err() {
            return Ok(());
        }
    }
}
