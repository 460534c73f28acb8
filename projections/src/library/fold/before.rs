//! What an asset was before a person said something about it.

use albumen_domain::{
    AnyEvent, Personal, Recorded,
    asset::metadata::without_place,
    processing::{Job, MetadataRead, ProcessingEvent},
};

use super::{AssetRow, as_of};

/// What an asset was before the event at `position`, after `events`: those of its own stream and of the work on it, in
/// order. If its file had not been read by then, with what the first reading has found since: that came later by chance
/// and is no answer to what was said. None before its upload.
#[must_use]
pub fn before(events: &[&Recorded], position: i64) -> Option<AssetRow> {
    let earlier = events.partition_point(|recorded| recorded.position < position);
    let mut row = as_of(events[..earlier].iter().copied())?;
    let first = events.iter().enumerate().find_map(|(index, recorded)| Some((index, reading_of(recorded)?)));
    if let Some((index, read)) = first.filter(|(index, _)| *index >= earlier) {
        let is_written = events[..index].iter().any(|recorded| is_sidecar_written(recorded));
        row.show_metadata(&if is_written { without_sidecar(read) } else { read.clone() });
    }
    Some(row)
}

/// Whether it is known what the file says: it was read, or nobody will try again.
#[must_use]
pub fn is_read(events: &[&Recorded]) -> bool {
    events.iter().any(|recorded| match &recorded.event {
        AnyEvent::Processing(ProcessingEvent::MetadataRead(_)) => true,
        AnyEvent::Processing(ProcessingEvent::AttemptFailed(failed)) => {
            failed.job == Job::Metadata && failed.retry_at.is_none()
        }
        _ => false,
    })
}

const fn reading_of(recorded: &Recorded) -> Option<&MetadataRead> {
    match &recorded.event {
        AnyEvent::Processing(ProcessingEvent::MetadataRead(read)) => Some(read),
        _ => None,
    }
}

const fn is_sidecar_written(recorded: &Recorded) -> bool {
    matches!(recorded.event, AnyEvent::Processing(ProcessingEvent::SidecarWritten(_)))
}

/// What persons have said stands in the sidecar by then, in place of what it may have said before.
fn without_sidecar(read: &MetadataRead) -> MetadataRead {
    let mut read = read.clone();
    let sidecar = read.sidecar.take();
    // The names are of the place that the sidecar says.
    if sidecar.as_ref().and_then(Personal::known).and_then(without_place).is_some() {
        read.place = None;
    }
    read
}
