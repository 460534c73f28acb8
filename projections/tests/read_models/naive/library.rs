//! The assets of a library, each from all that was said of it.

use std::{borrow::Borrow, collections::BTreeMap};

use albumen_domain::{
    AnyEvent, Personal, Recorded,
    asset::{
        AssetEvent, AssetKind, DetailMatter, Visibility,
        metadata::{Sources, Tags, interpret},
    },
    processing::{MetadataRead, ProcessingEvent},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{erases_owner, shown};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Active,
    Trashed(DateTime<Utc>),
    /// Its deletion was asked for.
    Leaving,
}

/// An asset that somebody can ask about.
#[derive(Clone, Debug)]
pub struct Photo {
    pub id: Uuid,
    pub owner: Uuid,
    pub kind: AssetKind,
    pub visibility: Visibility,
    pub favorite: bool,
    pub status: Status,
    pub uploaded_at: DateTime<Utc>,
    pub taken_at: DateTime<Utc>,
    pub local: NaiveDateTime,
    pub size: Option<(i32, i32)>,
    pub thumbhash: Option<Vec<u8>>,
    pub duration_ms: Option<i64>,
    pub projection_type: Option<String>,
    pub moving_half: Option<Uuid>,
    pub place: (Option<String>, Option<String>),
    pub position: Option<(f64, f64)>,
    pub bytes: i64,
    pub description: String,
    pub rating: Option<i16>,
    pub file_name: String,
    pub values: BTreeMap<String, Value>,
}

/// All assets that are left, in the order of their upload.
pub fn library<R: Borrow<Recorded>>(events: &[R]) -> Vec<Photo> {
    let events: Vec<&Recorded> = events.iter().map(Borrow::borrow).collect();
    let uploads = events
        .iter()
        .enumerate()
        .filter(|(_, recorded)| matches!(recorded.event, AnyEvent::Asset(AssetEvent::Uploaded(_))));
    uploads.filter_map(|(index, _)| photo(events[index], &events[index + 1..])).collect()
}

/// An asset from its upload and all that followed; none when it is gone.
fn photo(upload: &Recorded, after: &[&Recorded]) -> Option<Photo> {
    let AnyEvent::Asset(AssetEvent::Uploaded(uploaded)) = &upload.event else { return None };
    let id = upload.stream.id;
    let told: Vec<&Recorded> = after.iter().copied().filter(|r| r.stream.id == id).collect();
    let mine: Vec<&AnyEvent> = told.iter().map(|r| &r.event).collect();
    let is_gone =
        mine.iter().any(|event| matches!(event, AnyEvent::Asset(AssetEvent::Deleted(_)) | AnyEvent::Erasure(_)));
    if is_gone || after.iter().any(|recorded| erases_owner(recorded, uploaded.owner)) {
        return None;
    }
    let mut photo = Photo {
        id,
        owner: uploaded.owner,
        kind: uploaded.kind,
        visibility: uploaded.visibility,
        favorite: uploaded.favorite,
        status: status(id, after),
        uploaded_at: upload.recorded_at,
        taken_at: uploaded.file_created_at,
        local: uploaded.file_created_at.naive_utc(),
        size: None,
        thumbhash: None,
        duration_ms: uploaded.duration_ms,
        projection_type: None,
        moving_half: uploaded.live_photo_video,
        place: (None, None),
        position: None,
        bytes: uploaded.size_bytes,
        description: String::new(),
        rating: None,
        file_name: shown(uploaded.file_name.known().map_or("", String::as_str)),
        values: BTreeMap::new(),
    };
    photo.mark(&mine);
    photo.measure(&mine);
    photo.read(&told, uploaded.file_created_at);
    photo.listen(&mine);
    Some(photo)
}

/// Where a sidecar says it that can have been read before it was rewritten since a place was taken back: what it says
/// of the place counts for nothing then. The last of these events is a reading.
fn without_what_was_taken_back(events: &[&Recorded], read: &MetadataRead) -> MetadataRead {
    let mut believed = read.clone();
    let is_word = |recorded: &&Recorded| match &recorded.event {
        AnyEvent::Asset(AssetEvent::DetailsEdited(edited)) => {
            edited.position.as_ref().and_then(Personal::known).is_some()
        }
        AnyEvent::Asset(AssetEvent::DetailsWithdrawn(withdrawn)) => withdrawn.matters.contains(&DetailMatter::Position),
        _ => false,
    };
    let Some(last) = events.iter().rposition(is_word) else { return believed };
    if matches!(events[last].event, AnyEvent::Asset(AssetEvent::DetailsEdited(_))) {
        return believed;
    }
    let rewritten = events[last..].iter().find(|recorded| match &recorded.event {
        AnyEvent::Processing(ProcessingEvent::SidecarWritten(written)) => written.revision >= events[last].position,
        _ => false,
    });
    if rewritten.is_some_and(|rewritten| read.revision >= rewritten.position) {
        return believed;
    }
    if let Some(Personal::Known(sidecar)) = &mut believed.sidecar {
        let says = ["GPSLatitude", "GPSLongitude"].map(|name| sidecar.remove(name).is_some());
        if says == [true, true] {
            believed.place = None;
        }
    }
    believed
}

fn status(id: Uuid, after: &[&Recorded]) -> Status {
    let mut changes = after.iter().filter(|r| r.stream.id == id).filter_map(|recorded| match &recorded.event {
        AnyEvent::Asset(AssetEvent::Trashed(_)) => Some(Status::Trashed(recorded.recorded_at)),
        AnyEvent::Asset(AssetEvent::Restored(_)) => Some(Status::Active),
        AnyEvent::Asset(AssetEvent::DeletionRequested(_)) => Some(Status::Leaving),
        _ => None,
    });
    changes.next_back().unwrap_or(Status::Active)
}

impl Photo {
    /// What is marked and linked: the last word counts.
    fn mark(&mut self, events: &[&AnyEvent]) {
        for event in events {
            let AnyEvent::Asset(event) = event else { continue };
            match event {
                AssetEvent::FavoriteChanged(changed) => self.favorite = changed.favorite,
                AssetEvent::VisibilityChanged(changed) => self.visibility = changed.visibility,
                AssetEvent::LivePhotoLinked(linked) => self.moving_half = Some(linked.video),
                AssetEvent::LivePhotoUnlinked(_) => self.moving_half = None,
                AssetEvent::KeyValueSet(set) => {
                    let value = Value::Object(set.value.known().cloned().unwrap_or_default());
                    let text = value.to_string().replace("\\u0000", "");
                    self.values.insert(shown(&set.key), serde_json::from_str(&text).expect("is JSON"));
                }
                AssetEvent::KeyValueRemoved(removed) => {
                    self.values.remove(&shown(&removed.key));
                }
                _ => {}
            }
        }
    }

    /// A file's own size is better than that of its picture.
    fn measure(&mut self, events: &[&AnyEvent]) {
        for event in events {
            match event {
                AnyEvent::Processing(ProcessingEvent::PreviewsMade(made)) => {
                    self.size = self.size.or(Some((made.width, made.height)));
                    self.thumbhash = made.thumbhash.as_ref().and_then(|text| STANDARD.decode(text).ok());
                }
                AnyEvent::Processing(ProcessingEvent::MetadataRead(read)) => {
                    let chosen = self.interpreted(read, DateTime::UNIX_EPOCH);
                    self.size = chosen.width.zip(chosen.height).or(self.size);
                    let of_client = self.duration_ms.filter(|_| self.kind == AssetKind::Video);
                    self.duration_ms = chosen.duration_ms.or(of_client);
                }
                _ => {}
            }
        }
    }

    fn interpreted(&self, read: &MetadataRead, created: DateTime<Utc>) -> albumen_domain::asset::metadata::Chosen {
        let nothing = Tags::new();
        interpret(&Sources {
            file: read.file.known().unwrap_or(&nothing),
            sidecar: read.sidecar.as_ref().and_then(Personal::known),
            stat: &read.stat,
            probe: read.probe.as_ref(),
            place: read.place.as_ref().and_then(Personal::known),
            uploaded_file_created_at: created,
            is_video: self.kind == AssetKind::Video,
        })
    }

    /// What the file says: its last reading.
    fn read(&mut self, events: &[&Recorded], created: DateTime<Utc>) {
        let mut readings = events.iter().enumerate().filter_map(|(index, recorded)| match &recorded.event {
            AnyEvent::Processing(ProcessingEvent::MetadataRead(read)) => Some((index, read)),
            _ => None,
        });
        let Some((index, read)) = readings.next_back() else { return };
        let chosen = self.interpreted(&without_what_was_taken_back(&events[..=index], read), created);
        self.taken_at = chosen.taken_at;
        self.local = chosen.local_taken_at;
        self.projection_type = chosen.projection_type;
        self.position = chosen.position.map(|position| (position.latitude, position.longitude));
        self.place = (chosen.place.city.map(|t| shown(&t)), chosen.place.country.map(|t| shown(&t)));
        self.description = shown(&chosen.description);
        self.rating = chosen.rating;
    }

    /// What persons said, which is worth more than what the file says, whenever it was said.
    fn listen(&mut self, events: &[&AnyEvent]) {
        let of_file = (self.position, self.place.clone());
        for (index, event) in events.iter().enumerate() {
            if let AnyEvent::Asset(AssetEvent::DetailsWithdrawn(withdrawn)) = event
                && withdrawn.matters.contains(&DetailMatter::Position)
            {
                // Only a reading that comes after it can say anything again.
                let is_reading =
                    |event: &&AnyEvent| matches!(event, AnyEvent::Processing(ProcessingEvent::MetadataRead(_)));
                let is_read_again = events[index..].iter().any(is_reading);
                (self.position, self.place) = if is_read_again { of_file.clone() } else { (None, (None, None)) };
            }
            let AnyEvent::Asset(AssetEvent::DetailsEdited(edited)) = event else { continue };
            if let Some(taken) = &edited.taken_at {
                self.taken_at = taken.instant;
                self.local = taken.local;
            }
            if let Some(located) = edited.position.as_ref().and_then(Personal::known) {
                self.position = Some((located.position.latitude, located.position.longitude));
                let name = |text: &Option<String>| text.as_deref().map(shown);
                self.place = (name(&located.place.city), name(&located.place.country));
            }
            if let Some(description) = edited.description.as_ref().and_then(Personal::known) {
                self.description = shown(description);
            }
            if let Some(rating) = edited.rating {
                self.rating = rating.stars;
            }
        }
    }

    pub const fn is_trashed(&self) -> bool {
        matches!(self.status, Status::Trashed(_))
    }

    pub const fn is_active(&self) -> bool {
        matches!(self.status, Status::Active)
    }
}
