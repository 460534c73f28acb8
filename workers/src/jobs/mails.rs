//! Writes to members of albums: that an album is shared with them, and that something came into it.
//!
//! An e-mail is composed when it is sent, by what is true then: whoever left the album, or wants no e-mails any more, gets
//! none. It is asked for and answered in the log, so neither a restart nor a rebuild loses it or sends it again. Only who
//! dies between the mail server's answer and our own event leaves it open, and it is sent once more, under the same id.
//!
//! While e-mail is switched off nobody is written: what was asked for before that is settled as not sent, so that no old
//! news comes when it is on again.

use std::{sync::Arc, time::Duration};

use albumen_domain::{
    Actor, Recorded,
    processing::{Job, MailSettled, ProcessingCommand, album_of_mail},
    system::{Concurrency, JobSettings, Settings},
};
use albumen_projections::{
    albums::{AlbumFilter, AlbumSummary},
    identity::AccountRow,
    work::Claimed,
};
use uuid::Uuid;

use super::{Failure, Outcome, Workshop, runner::Worker};
use crate::{
    mail::{self, Letter, MailFailure, Picture, Template},
    media::store::MediaPath,
};

/// How long the albums may take to be as far as what was asked for.
const KNOWN_TIMEOUT: Duration = Duration::from_secs(10);
/// Small pictures have some ten thousand bytes; what is far larger is left out.
const MAX_PICTURE_BYTES: u64 = 1024 * 1024;

#[derive(Clone, Copy)]
pub(super) struct AlbumInvitation;

#[derive(Clone, Copy)]
pub(super) struct AlbumNews;

impl Worker for AlbumInvitation {
    const JOB: Job = Job::AlbumInvitation;

    fn concurrency(settings: &JobSettings) -> Concurrency {
        settings.notifications
    }

    async fn work(self, workshop: &Workshop, work: &Claimed) -> Result<Outcome, Failure> {
        write(workshop, work, Self::JOB, Template::AlbumInvitation).await
    }
}

impl Worker for AlbumNews {
    const JOB: Job = Job::AlbumNews;

    fn concurrency(settings: &JobSettings) -> Concurrency {
        settings.notifications
    }

    async fn work(self, workshop: &Workshop, work: &Claimed) -> Result<Outcome, Failure> {
        write(workshop, work, Self::JOB, Template::AlbumNews).await
    }
}

impl From<MailFailure> for Failure {
    fn from(failure: MailFailure) -> Self {
        match failure {
            MailFailure::Unavailable(_) => Self::untried(failure),
            MailFailure::Failed(_) => Self::for_now(failure),
            MailFailure::Refused(_) => Self::for_good(failure),
        }
    }
}

async fn write(workshop: &Workshop, work: &Claimed, job: Job, template: Template) -> Result<Outcome, Failure> {
    // Who is no member yet would be taken for one who has left.
    if !workshop.reads.wait_for_one("albums", work.revision, KNOWN_TIMEOUT).await {
        return Err(Failure::untried("the albums are behind the log"));
    }
    let in_force = workshop.configuration.current();
    let settings = &in_force.settings;
    let is_on = settings.notifications.smtp.enabled;
    let occasion = if is_on { occasion(workshop, work, job).await? } else { None };
    if let Some(occasion) = &occasion {
        let letter = occasion.letter(settings, template).showing(picture(workshop, &occasion.album).await?);
        let name = format!("{}.{}", work.asset_id, work.revision);
        mail::send(&settings.notifications.smtp, &occasion.recipient.email, letter, &name).await?;
    }
    Ok(Outcome::Report(ProcessingCommand::ReportMail(MailSettled {
        owner: work.owner_id,
        job,
        lease: work.lease_id,
        revision: work.revision,
        sent: occasion.is_some(),
    })))
}

/// Who is written, and about what.
struct Occasion {
    recipient: AccountRow,
    album: AlbumSummary,
    /// Who shared it, or put something into it.
    sender_name: String,
}

/// None where nobody is to be written any more.
async fn occasion(workshop: &Workshop, work: &Claimed, job: Job) -> Result<Option<Occasion>, Failure> {
    let recipient = account(workshop, work.owner_id).await?;
    let Some(recipient) = recipient.filter(|account| mail::is_wanted(job, &account.preferences)) else {
        return Ok(None);
    };
    let id = album_of_mail(work.asset_id, work.owner_id);
    let filter = AlbumFilter { id: Some(id), ..AlbumFilter::default() };
    let Some(album) = workshop.reads.albums().of_member(recipient.id, &filter).await?.pop() else { return Ok(None) };
    let sender = sender(workshop, work).await?.unwrap_or(album.album.owner_id);
    let sender = account(workshop, sender).await?;
    Ok(sender.map(|sender| Occasion { recipient, album, sender_name: sender.name }))
}

/// The user who made the change that this is about; none where an operator has it done again.
async fn sender(workshop: &Workshop, work: &Claimed) -> Result<Option<Uuid>, Failure> {
    let request = event(workshop, work.revision).await?;
    let Some(cause) = request.and_then(|request| request.metadata.causation) else { return Ok(None) };
    let change = event(workshop, cause).await?;
    Ok(change.and_then(|change| match change.metadata.actor {
        Actor::User { id } => Some(id),
        _ => None,
    }))
}

async fn event(workshop: &Workshop, position: i64) -> Result<Option<Arc<Recorded>>, Failure> {
    let found = workshop.commands.feed().reader().read(position - 1, 1).await;
    Ok(found.map_err(Failure::untried)?.pop())
}

/// A user who is not deleted.
async fn account(workshop: &Workshop, id: Uuid) -> Result<Option<AccountRow>, Failure> {
    Ok(workshop.reads.identity().account(id).await?.filter(|account| account.deleted_at.is_none()))
}

impl Occasion {
    fn letter(&self, settings: &Settings, template: Template) -> Letter {
        let album = &self.album.album;
        let id = album.id.to_string();
        let values = [
            ("albumName", album.name.as_str()),
            ("recipientName", self.recipient.name.as_str()),
            ("senderName", self.sender_name.as_str()),
            ("albumId", id.as_str()),
            ("baseUrl", settings.server.base_url()),
        ];
        template.letter(&settings.templates.email, &values)
    }
}

/// The small picture that stands for the album, where there is one yet.
async fn picture(workshop: &Workshop, album: &AlbumSummary) -> Result<Option<Picture>, Failure> {
    let Some(asset) = album.thumbnail_asset_id else { return Ok(None) };
    let Some(path) = workshop.reads.library().asset(asset).await?.and_then(|asset| asset.thumbnail_path) else {
        return Ok(None);
    };
    match workshop.media.read(&MediaPath::parse(&path)?, MAX_PICTURE_BYTES).await {
        Ok((bytes, _)) => {
            let media_type = if path.ends_with(".webp") { "image/webp" } else { "image/jpeg" };
            Ok(Some(Picture { media_type, bytes }))
        }
        Err(error) => {
            tracing::debug!(%error, "an e-mail goes without its picture");
            Ok(None)
        }
    }
}
