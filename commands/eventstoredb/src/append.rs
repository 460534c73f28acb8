//! Bringing events to the mirror, once.
//!
//! An append names the revision that has to be there before it, and ids that a server recognises.
//! What a server has from an attempt that was cut off it acknowledges once more or refuses with
//! `WrongExpectedVersion`; then what it has is read, and what is ours is passed over.

use std::time::Duration;

use albumen_commands::log::StoredEvent;
use eventstore::{AppendToStreamOptions, Client, ExpectedRevision, ReadStreamOptions, StreamPosition};

use crate::{
    event::{describe, event_data, is_same, revision, stream_name},
    fault::MirrorFault,
};

/// Events of one stream that are sent as one append.
const RUN_EVENTS: usize = 100;
/// The same in bytes: half of what a server takes unless it was told otherwise.
const RUN_BYTES: usize = 512 * 1024;
/// A question that is not answered by then is asked again: the client itself would wait for ever.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// An event with the hash before it.
#[derive(Clone)]
pub(crate) struct Linked<'a> {
    pub(crate) event: &'a StoredEvent,
    pub(crate) previous: &'a [u8],
}

/// Gives each event the hash before it; `previous` is that of the first.
pub(crate) fn linked<'a>(events: &'a [StoredEvent], previous: &'a [u8]) -> Vec<Linked<'a>> {
    let hashes = std::iter::once(previous).chain(events.iter().map(|event| event.hash.as_slice()));
    events.iter().zip(hashes).map(|(event, previous)| Linked { event, previous }).collect()
}

/// How many events, from the first on, go to one stream by one append. Only neighbours are joined, so
/// that the mirror's order over all streams is that of the log.
pub(crate) fn run_length(events: &[Linked<'_>]) -> usize {
    let Some(first) = events.first() else { return 0 };
    let mut bytes = 0;
    let joined = events.iter().take(RUN_EVENTS).take_while(|next| {
        bytes += next.event.payload.len() + next.event.metadata.len();
        (&next.event.kind, &next.event.id) == (&first.event.kind, &first.event.id) && bytes <= RUN_BYTES
    });
    // A single event may be larger than the bound.
    joined.count().max(1)
}

/// Sees to it that the mirror has a run of one stream's events.
pub(crate) async fn append(client: &Client, mut run: &[Linked<'_>]) -> Result<(), MirrorFault> {
    while let (Some(first), Some(last)) = (run.first(), run.last()) {
        let stream = stream_name(first.event);
        let expected = match first.event.sequence {
            // Sequences begin with 1, revisions with 0.
            ..=1 => ExpectedRevision::NoStream,
            sequence => ExpectedRevision::Exact(u64::try_from(sequence - 2).unwrap_or_default()),
        };
        let events =
            run.iter().map(|linked| event_data(linked.event, linked.previous)).collect::<Result<Vec<_>, _>>()?;
        let options = AppendToStreamOptions::default().expected_revision(expected);
        match in_time(client.append_to_stream(stream.as_str(), &options, events)).await? {
            Ok(written) if written.next_expected_version == revision(last.event) => return Ok(()),
            Ok(written) => {
                let found = format!("its end after our append: revision {}", written.next_expected_version);
                return Err(MirrorFault::Foreign { stream, revision: revision(last.event), found });
            }
            Err(eventstore::Error::WrongExpectedVersion { .. }) => {
                let there = already_there(client, &stream, run).await?;
                if there == 0 {
                    return Err(MirrorFault::Short { stream, revision: revision(first.event) });
                }
                run = run.get(there..).unwrap_or_default();
            }
            Err(error) => return Err(MirrorFault::of(first.event.position, error)),
        }
    }
    Ok(())
}

/// How many of a run's events, from the first on, the mirror has already.
async fn already_there(client: &Client, stream: &str, run: &[Linked<'_>]) -> Result<usize, MirrorFault> {
    let Some(first) = run.first() else { return Ok(0) };
    let start = revision(first.event);
    let options = ReadStreamOptions::default().position(StreamPosition::Position(start)).max_count(run.len());
    let position = first.event.position;
    let fault = |error| MirrorFault::of(position, error);
    let mut reading = match in_time(client.read_stream(stream, &options)).await? {
        Ok(reading) => reading,
        Err(eventstore::Error::ResourceNotFound) => return Ok(0),
        Err(error) => return Err(fault(error)),
    };
    let mut there = 0;
    for linked in run {
        let next = match in_time(reading.next()).await? {
            Ok(next) => next,
            Err(eventstore::Error::ResourceNotFound) => None,
            Err(error) => return Err(fault(error)),
        };
        let Some(next) = next else { break };
        let found = next.get_original_event();
        let expected = revision(linked.event);
        if found.revision != expected || !is_same(found, linked.event) {
            let found = match found.revision {
                there if there > expected => format!("what was before revision {there} was removed"),
                _ => describe(found),
            };
            return Err(MirrorFault::Foreign { stream: stream.to_owned(), revision: expected, found });
        }
        there += 1;
    }
    Ok(there)
}

/// Whether the mirror has an event where it belongs.
pub(crate) async fn holds(client: &Client, event: &StoredEvent) -> Result<bool, MirrorFault> {
    let linked = Linked { event, previous: &[] };
    Ok(already_there(client, &stream_name(event), &[linked]).await? == 1)
}

async fn in_time<T>(asked: impl Future<Output = T>) -> Result<T, MirrorFault> {
    tokio::time::timeout(REQUEST_TIMEOUT, asked)
        .await
        .map_err(|_| MirrorFault::Away(format!("no answer within {} s", REQUEST_TIMEOUT.as_secs())))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn event(id: &str, payload_bytes: usize) -> StoredEvent {
        StoredEvent {
            position: 1,
            recorded_at: DateTime::UNIX_EPOCH,
            kind: "asset".to_owned(),
            id: id.to_owned(),
            sequence: 1,
            name: "asset-trashed".to_owned(),
            version: "1".to_owned(),
            payload: "x".repeat(payload_bytes),
            metadata: String::new(),
            hash: vec![0; 32],
        }
    }

    fn length(events: &[StoredEvent]) -> usize {
        run_length(&linked(events, &[0; 32]))
    }

    #[test]
    fn only_neighbours_of_one_stream_are_joined() {
        assert_eq!(length(&[]), 0);
        assert_eq!(length(&[event("a", 1), event("a", 1), event("b", 1), event("a", 1)]), 2);
        assert_eq!(length(&vec![event("a", 1); RUN_EVENTS + 5]), RUN_EVENTS);
    }

    #[test]
    fn an_append_stays_within_what_a_server_takes() {
        assert_eq!(length(&vec![event("a", RUN_BYTES / 3); 5]), 3);
        assert_eq!(length(&[event("a", RUN_BYTES * 2), event("a", 1)]), 1);
    }
}
