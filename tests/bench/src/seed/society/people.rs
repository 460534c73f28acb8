//! Who is seen on photos.

use albumen_domain::{
    face::{Face, FaceBox, FaceCommand, FaceSource, NewFace},
    person::{NewPerson, Person, PersonCommand},
    processing::{PersonThumbnailMade, Processing, ProcessingCommand},
};
use uuid::Uuid;

use super::{Library, Scribe};
use crate::{
    Fault,
    seed::{invented::spread, pictures::Pictures},
};

const PERSONS: usize = 5_000;
/// One of so many has a name.
const NAMED_EVERY: usize = 5;
const HIDDEN_EVERY: usize = 50;
const FAVORITE_EVERY: usize = 500;
/// One of so many assets shows somebody; every other one of those shows two.
const SEEN_EVERY: usize = 3;
const FIRST_NAMES: [&str; 8] = ["Ada", "Bruno", "Chloé", "Dmitri", "Elif", "Farid", "Grace", "Henrik"];
const LAST_NAMES: [&str; 8] = ["Almeida", "Braun", "Castro", "Dubois", "Eriksen", "Fujita", "Garcia", "Haddad"];

/// Persons and their faces: a few are on very many photos, most on a few.
pub(super) async fn people(scribe: &mut Scribe<'_>, library: &Library, pictures: &Pictures) -> Result<(), Fault> {
    let persons: Vec<Uuid> = (0..PERSONS).map(|_| Uuid::new_v4()).collect();
    let create = |(number, id): (usize, &Uuid)| (*id, PersonCommand::Create(Box::new(person(number, library.owner()))));
    scribe.ask::<Person>(persons.iter().enumerate().map(create).collect()).await?;
    let mut first_faces: Vec<Option<Uuid>> = vec![None; PERSONS];
    let mut faces = Vec::new();
    for (number, asset) in library.assets.iter().enumerate().filter(|(number, _)| number % SEEN_EVERY == 0) {
        for place in 0..1 + (number / SEEN_EVERY) % 2 {
            let (face, who) = (Uuid::new_v4(), who_is_seen(number, place));
            first_faces[who].get_or_insert(face);
            faces.push((face, FaceCommand::Add(face_on(*asset, library.owner(), persons[who], place))));
        }
    }
    scribe.ask::<Face>(faces).await?;
    let shown = || persons.iter().zip(&first_faces).filter_map(|(person, face)| Some((*person, (*face)?)));
    let choose = |(person, face)| (person, PersonCommand::ChooseFeatureFace { face });
    scribe.ask::<Person>(shown().map(choose).collect()).await?;
    let revision = scribe.head;
    let mut thumbnails = Vec::new();
    for (number, (person, face)) in shown().enumerate() {
        let (path, size_bytes) = pictures.make_person(number, library.owner(), person)?;
        let (owner, lease) = (library.owner(), Uuid::new_v4());
        let made = PersonThumbnailMade { owner, lease, revision, face, path, size_bytes };
        thumbnails.push((person, ProcessingCommand::ReportPersonThumbnail(made)));
    }
    scribe.ask::<Processing>(thumbnails).await
}

/// The cube of an even number is small most of the time.
fn who_is_seen(number: usize, place: usize) -> usize {
    const STEPS: u64 = 1 << 20;
    let even = (spread(number, 5 + place as u64) % STEPS) as f64 / STEPS as f64;
    ((even * even * even * PERSONS as f64) as usize).min(PERSONS - 1)
}

fn person(number: usize, owner: Uuid) -> NewPerson {
    let first = FIRST_NAMES[number % FIRST_NAMES.len()];
    let last = LAST_NAMES[number / FIRST_NAMES.len() % LAST_NAMES.len()];
    NewPerson {
        owner,
        name: if number.is_multiple_of(NAMED_EVERY) { format!("{first} {last} {number}") } else { String::new() },
        birth_date: None,
        hidden: number % HIDDEN_EVERY == 1,
        favorite: number.is_multiple_of(FAVORITE_EVERY),
        color: None,
    }
}

fn face_on(asset: Uuid, owner: Uuid, person: Uuid, place: usize) -> NewFace {
    let left = if place == 0 { 400 } else { 900 };
    NewFace {
        owner,
        asset,
        source: FaceSource::MachineLearning,
        area: FaceBox { frame_width: 1_440, frame_height: 1_080, left, top: 300, right: left + 200, bottom: 540 },
        person: Some(person),
    }
}
