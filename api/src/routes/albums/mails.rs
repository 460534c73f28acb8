//! Asks for e-mails about albums. They are written by a job, so nobody waits for a mail server.

use albumen_commands::{Context, Executed};
use albumen_domain::{
    album::AlbumMember,
    processing::{Job, JobRequested, Processing, ProcessingCommand, mail_id},
};
use albumen_projections::{ReadError, identity::AccountRow};
use albumen_workers::mail::is_wanted;
use uuid::Uuid;

use crate::{app::App, edge::ApiError};

/// Those of `users` who are no members of an album yet, where they would be written at all.
pub(super) async fn newcomers(app: &App, album: Uuid, users: &[AlbumMember]) -> Result<Vec<Uuid>, ApiError> {
    if !is_on(app) {
        return Ok(Vec::new());
    }
    let members = app.reads.albums().people(&[album]).await?;
    let is_member = |user: Uuid| members.iter().any(|member| member.account.id == user);
    Ok(users.iter().map(|member| member.user).filter(|user| !is_member(*user)).collect())
}

/// Those with whom an album was shared are told so.
pub(super) async fn invite(app: &App, album: Uuid, newcomers: &[Uuid], shared: Executed) {
    const JOB: Job = Job::AlbumInvitation;
    if newcomers.is_empty() || !is_on(app) {
        return;
    }
    let is_meant = |account: &AccountRow| newcomers.contains(&account.id) && is_wanted(JOB, &account.preferences);
    let accounts = app.reads.identity().accounts(false).await;
    let mails = accounts.map(|accounts| {
        accounts.iter().filter(|account| is_meant(account)).map(|account| (album, account.id)).collect()
    });
    ask(app, JOB, mails, shared).await;
}

/// The other members of albums into which `sender` put something are told so.
///
/// Beside the request: an album into which much is put one by one has many such wishes, and whoever puts it there does
/// not wait for them.
pub(super) fn tell_news(app: &App, albums: &[Uuid], sender: Uuid, added: Executed) {
    if added.position.is_some() && is_on(app) {
        tokio::spawn(ask_for_news(app.clone(), albums.to_vec(), sender, added));
    }
}

async fn ask_for_news(app: App, albums: Vec<Uuid>, sender: Uuid, added: Executed) {
    const JOB: Job = Job::AlbumNews;
    let is_meant = |account: &AccountRow| account.id != sender && is_wanted(JOB, &account.preferences);
    let people = app.reads.albums().people(&albums).await;
    let mails = people.map(|people| {
        let meant = people.iter().filter(|person| is_meant(&person.account));
        meant.map(|person| (person.album_id, person.account.id)).collect()
    });
    ask(&app, JOB, mails, added).await;
}

/// Asks for e-mails, each about an album and to a user. The album has changed by now, whether anybody is written or not.
async fn ask(app: &App, job: Job, mails: Result<Vec<(Uuid, Uuid)>, ReadError>, done: Executed) {
    let failed = |reason: String| tracing::warn!(job = job.as_str(), reason, "members of an album are not written");
    let mails = match mails {
        Ok(mails) if mails.is_empty() => return,
        Ok(mails) => mails,
        Err(error) => return failed(error.to_string()),
    };
    let request = |(album, owner): (Uuid, Uuid)| {
        (mail_id(album, owner), ProcessingCommand::RequestJob(JobRequested { owner, job }))
    };
    let requests = mails.into_iter().map(request).collect();
    // Not in the name of whoever changed the album: what they did can be undone, and an e-mail cannot.
    let context = Context::job(job.as_str(), done.position);
    if let Err(error) = app.commands.execute_many::<Processing>(requests, &context).await {
        failed(error.to_string());
    }
}

fn is_on(app: &App) -> bool {
    app.configuration.current().settings.notifications.smtp.enabled
}
