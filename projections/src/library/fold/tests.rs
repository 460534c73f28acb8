//! What persons take back stays away, whatever a sidecar says that has not heard of it yet. And what a reading makes of
//! what a client said.

use albumen_domain::{
    Metadata, StreamId, StreamKind,
    asset::{AssetKind, Place, Position, Visibility, metadata::FileStat},
    processing::{AttemptFailed, Job, JobRequested, SidecarWritten},
};
use serde_json::json;

use super::*;

const OWNER: Uuid = Uuid::from_u128(1);
const HERE: (f64, f64) = (52.5, 13.4);
const THERE: (f64, f64) = (-33.5, 70.25);

/// The events of an asset in their order, at the positions 1, 2, 3 … The first is its upload.
struct Story(Vec<Recorded>);

impl Story {
    fn of_upload() -> Self {
        let mut story = Self(Vec::new());
        let uploaded = AssetUploaded {
            owner: OWNER,
            kind: AssetKind::Image,
            file_name: "a.jpg".to_owned().into(),
            path: "upload/a.jpg".to_owned(),
            size_bytes: 1,
            checksum: String::new(),
            file_created_at: DateTime::UNIX_EPOCH,
            file_modified_at: DateTime::UNIX_EPOCH,
            duration_ms: None,
            favorite: false,
            visibility: Visibility::Timeline,
            live_photo_video: None,
            sidecar_path: None,
        };
        story.tell(AssetEvent::from(uploaded));
        story
    }

    /// A place that was said and is in the sidecar, and that the file was read with, until it was taken back.
    fn of_withdrawal(file: Option<(f64, f64)>) -> (Self, i64) {
        let mut story = Self::of_upload();
        let said = story.say(HERE);
        let written = story.write(said);
        story.read(written, file, Some(HERE));
        assert_eq!(story.shown(), Some(HERE));
        let withdrawn = story.tell(AssetEvent::from(DetailsWithdrawn { matters: vec![DetailMatter::Position] }));
        assert_eq!(story.shown(), None);
        (story, withdrawn)
    }

    /// The position of the event.
    fn tell(&mut self, event: impl Into<AnyEvent>) -> i64 {
        let event = event.into();
        let kind = if matches!(event, AnyEvent::Asset(_)) { StreamKind::Asset } else { StreamKind::Processing };
        let position = self.0.len() as i64 + 1;
        self.0.push(Recorded {
            position,
            recorded_at: DateTime::UNIX_EPOCH,
            stream: StreamId { kind, id: Uuid::from_u128(7) },
            sequence: position,
            event,
            metadata: Metadata::job("test", String::new(), None),
        });
        position
    }

    fn say(&mut self, (latitude, longitude): (f64, f64)) -> i64 {
        let located = LocatedPosition { position: Position { latitude, longitude }, place: Place::default() };
        self.tell(AssetEvent::from(DetailsEdited { position: Some(located.into()), ..DetailsEdited::default() }))
    }

    fn ask(&mut self) -> i64 {
        self.tell(ProcessingEvent::from(JobRequested { owner: OWNER, job: Job::Metadata }))
    }

    /// A sidecar was written, as it was asked for at that revision.
    fn write(&mut self, revision: i64) -> i64 {
        let path = "upload/a.jpg.xmp".to_owned();
        self.tell(ProcessingEvent::from(SidecarWritten { owner: OWNER, lease: Uuid::nil(), revision, path }))
    }

    /// File and sidecar say these places; what the worker looked up is called after the one that counts.
    fn read(&mut self, revision: i64, file: Option<(f64, f64)>, sidecar: Option<(f64, f64)>) -> i64 {
        let tags = |place: (f64, f64)| -> Tags {
            [("GPSLatitude", place.0), ("GPSLongitude", place.1)]
                .map(|(name, value)| (name.to_owned(), json!(value)))
                .into()
        };
        let city = if sidecar.is_some() { "of the sidecar" } else { "of the file" };
        let read = MetadataRead {
            owner: OWNER,
            lease: Uuid::nil(),
            revision,
            file: file.map(tags).unwrap_or_default().into(),
            sidecar: Some(sidecar.map(tags).unwrap_or_default().into()),
            stat: FileStat { size_bytes: 1, modified_at: DateTime::UNIX_EPOCH, created_at: None },
            probe: None,
            place: Some(Place { city: Some(city.to_owned()), ..Place::default() }.into()),
            reader: "test".to_owned(),
        };
        self.tell(ProcessingEvent::from(read))
    }

    fn row(&self) -> AssetRow {
        as_of(&self.0).expect("it is there")
    }

    fn shown(&self) -> Option<(f64, f64)> {
        let row = self.row();
        row.latitude.zip(row.longitude)
    }

    /// Where it was before that event, and how that is called.
    fn before(&self, position: i64) -> (Option<(f64, f64)>, Option<String>) {
        let events: Vec<&Recorded> = self.0.iter().collect();
        let row = before(&events, position).expect("it is there");
        (row.latitude.zip(row.longitude), row.city)
    }

    fn is_read(&self) -> bool {
        is_read(&self.0.iter().collect::<Vec<_>>())
    }
}

#[test]
fn a_place_that_was_taken_back_does_not_come_back_from_the_sidecar() {
    let (mut story, withdrawn) = Story::of_withdrawal(None);
    let asked = story.ask();
    story.read(asked, None, Some(HERE));
    assert_eq!((story.shown(), story.row().city), (None, None), "the sidecar has not heard of it");
    let written = story.write(withdrawn);
    story.read(written, None, None);
    assert_eq!((story.shown(), story.row().said()), (None, Edits::default()), "nothing is left of it");
    // What another program says then is new.
    let asked = story.ask();
    story.read(asked, None, Some(THERE));
    assert_eq!(story.shown(), Some(THERE));
}

#[test]
fn who_read_too_early_brings_nothing_back() {
    let (mut story, withdrawn) = Story::of_withdrawal(None);
    let asked = story.ask();
    let written = story.write(withdrawn);
    story.read(asked, None, Some(HERE));
    assert_eq!(story.shown(), None, "it was begun before the sidecar was written");
    story.read(written, None, None);
    assert_eq!((story.shown(), story.row().said()), (None, Edits::default()));
}

#[test]
fn a_sidecar_of_an_earlier_word_is_not_the_last() {
    let mut story = Story::of_upload();
    let said = story.say(HERE);
    let withdrawn = story.tell(AssetEvent::from(DetailsWithdrawn { matters: vec![DetailMatter::Position] }));
    // It was being written already.
    let written = story.write(said);
    story.read(written, None, Some(HERE));
    assert_eq!((story.shown(), story.row().said().position_withdrawn), (None, Some(Withdrawn::At(withdrawn))));
    let written = story.write(withdrawn);
    assert_eq!(story.row().said().position_withdrawn, Some(Withdrawn::WrittenAt(written)));
}

#[test]
fn the_files_own_place_is_shown_again() {
    let (mut story, withdrawn) = Story::of_withdrawal(Some(THERE));
    let asked = story.ask();
    story.read(asked, Some(THERE), Some(HERE));
    assert_eq!((story.shown(), story.row().city), (Some(THERE), None), "not under the name of the other");
    let written = story.write(withdrawn);
    story.read(written, Some(THERE), None);
    assert_eq!((story.shown(), story.row().city.as_deref()), (Some(THERE), Some("of the file")));
}

#[test]
fn a_new_word_counts_at_once() {
    let (mut story, _) = Story::of_withdrawal(None);
    let said = story.say(THERE);
    assert_eq!((story.shown(), story.row().said().position_withdrawn), (Some(THERE), None));
    story.read(said, None, Some(HERE));
    assert_eq!(story.shown(), Some(THERE));
}

#[test]
fn what_was_said_before_the_file_was_read_hid_what_the_file_says() {
    let mut story = Story::of_upload();
    let said = story.say(HERE);
    assert_eq!((story.before(said), story.is_read()), ((None, None), false));
    story.read(1, Some(THERE), None);
    assert_eq!((story.before(said), story.is_read()), ((Some(THERE), Some("of the file".to_owned())), true));
    // What is read again has heard of the word.
    story.read(said, Some(THERE), Some(HERE));
    assert_eq!(story.before(said).0, Some(THERE));
}

#[test]
fn a_sidecar_that_says_the_word_itself_is_not_what_was_before() {
    let mut story = Story::of_upload();
    let said = story.say(HERE);
    let written = story.write(said);
    story.read(written, Some(THERE), Some(HERE));
    assert_eq!(story.before(said), (Some(THERE), None), "and the names are of the place in the sidecar");
    // One that came with the file is.
    let mut story = Story::of_upload();
    let said = story.say(HERE);
    story.read(1, None, Some(THERE));
    assert_eq!(story.before(said).0, Some(THERE));
}

#[test]
fn what_was_read_before_the_word_is_what_was_shown() {
    let mut story = Story::of_upload();
    let first = story.say(THERE);
    story.read(first, None, None);
    let second = story.say(HERE);
    story.read(second, Some((1.5, 2.5)), Some(HERE));
    assert_eq!(story.before(second).0, Some(THERE), "the word before");
    assert_eq!(story.before(first).0, None, "nothing, by the first reading");
}

#[test]
fn a_file_that_nobody_can_read_says_nothing() {
    let failed = |retry_at| AttemptFailed {
        owner: OWNER,
        job: Job::Metadata,
        lease: Uuid::nil(),
        revision: 1,
        attempt: 1,
        reason: "broken".to_owned(),
        retry_at,
    };
    let mut story = Story::of_upload();
    story.tell(ProcessingEvent::from(failed(Some(DateTime::UNIX_EPOCH))));
    assert!(!story.is_read(), "it is tried again");
    story.tell(ProcessingEvent::from(failed(None)));
    assert!(story.is_read());
}

#[test]
fn a_picture_that_does_not_move_has_no_length() {
    for (kind, expected) in [(AssetKind::Image, None), (AssetKind::Video, Some(1_500))] {
        let mut story = Story::of_upload();
        let AnyEvent::Asset(AssetEvent::Uploaded(uploaded)) = &mut story.0[0].event else { unreachable!() };
        (uploaded.kind, uploaded.duration_ms) = (kind, Some(1_500));
        let asked = story.ask();
        story.read(asked, None, None);
        assert_eq!(story.row().duration_ms, expected);
    }
}
