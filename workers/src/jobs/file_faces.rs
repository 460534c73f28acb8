//! Takes over the faces that other programs have marked in a file, where that is wanted.

use std::collections::{HashMap, HashSet};

use albumen_commands::{CommandError, Context, Joint, StoreError};
use albumen_domain::{
    Personal,
    asset::metadata::{NamedRegion, Tags, named_regions},
    face::{Face, FaceCommand, FaceSource, NewFace},
    person::{NewPerson, Person, PersonCommand},
    processing::MetadataRead,
};
use albumen_projections::{
    library::AssetRow,
    people::{FaceRow, PersonRow},
    work::Claimed,
};
use uuid::Uuid;

use super::{Failure, Workshop};

/// One file after the other: two that name the same stranger at once would make two persons.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Puts the faces on the asset that its file names, in place of those that it named before. It is done before the
/// reading is reported: should it fail, the reading is done again, and with it this.
pub(super) async fn put_on(
    workshop: &Workshop,
    work: &Claimed,
    asset: &AssetRow,
    read: &MetadataRead,
) -> Result<(), Failure> {
    if !workshop.configuration.current().settings.metadata.faces.import {
        return Ok(());
    }
    let nothing = Tags::new();
    let file = read.file.known().unwrap_or(&nothing);
    let regions = named_regions(file, read.sidecar.as_ref().and_then(Personal::known));
    let _turn = ONE_AT_A_TIME.lock().await;
    let before = workshop.reads.people().all_faces_on(asset.id).await?;
    let before: Vec<FaceRow> = before.into_iter().filter(|face| face.source == FaceSource::Exif.as_str()).collect();
    if regions.is_empty() && before.is_empty() {
        return Ok(());
    }
    let persons = workshop.reads.people().all_of(asset.owner_id).await?;
    let changes = Changes::of(asset, &regions, &before, &persons);
    let context = Context::job("metadata", Some(work.revision));
    match workshop.commands.execute_joint(&changes.joint, &context).await {
        Ok(_) => {}
        Err(CommandError::Store(StoreError::Erased(_))) => return Ok(()),
        Err(error) => return Err(Failure::for_now(error)),
    }
    // A face stands for somebody when it is there.
    let chosen =
        workshop.commands.execute_many::<Person>(changes.features, &context).await.map_err(Failure::for_now)?;
    if let Some(position) = chosen.position {
        // The next file may name the same people.
        workshop.reads.wait_for(position).await;
    }
    Ok(())
}

/// What follows from what a file says.
struct Changes {
    /// Persons who begin, faces that come and go.
    joint: Joint,
    /// The faces that stand for those who begin.
    features: Vec<(Uuid, PersonCommand)>,
}

impl Changes {
    /// What the file said before and says no more goes, unless a user has said something about it; what it says
    /// still stays as it is.
    fn of(asset: &AssetRow, regions: &[NamedRegion], before: &[FaceRow], persons: &[PersonRow]) -> Self {
        let names = Names::of(persons);
        let (mut begun, mut features, mut faces, mut still) = (Vec::new(), Vec::new(), Vec::new(), HashSet::new());
        for region in regions {
            let person = names.by_name.get(&region.name.to_lowercase()).copied();
            let same = before.iter().find(|face| face.area() == region.area && !still.contains(&face.id));
            if let Some(face) = same.filter(|face| names.stays(face, person)) {
                still.insert(face.id);
                continue;
            }
            let (face, new) = (Uuid::new_v4(), Uuid::new_v4());
            if person.is_none() {
                let (owner, name) = (asset.owner_id, region.name.clone());
                begun.push((new, PersonCommand::Create(Box::new(NewPerson { owner, name, ..NewPerson::default() }))));
                features.push((new, PersonCommand::ChooseFeatureFace { face }));
            }
            faces.push((face, FaceCommand::Add(added(asset, region, person.unwrap_or(new)))));
        }
        let lost = before.iter().filter(|face| !still.contains(&face.id) && !is_decided(face));
        faces.extend(lost.map(|face| (face.id, FaceCommand::Delete)));
        let mut joint = Joint::default();
        joint.ask::<Person>(begun);
        joint.ask::<Face>(faces);
        Self { joint, features }
    }
}

fn added(asset: &AssetRow, region: &NamedRegion, person: Uuid) -> NewFace {
    NewFace {
        owner: asset.owner_id,
        asset: asset.id,
        source: FaceSource::Exif,
        area: region.area,
        person: Some(person),
    }
}

/// The persons of an owner who have names.
struct Names {
    /// In small letters; of several with the same name, the one who was there first.
    by_name: HashMap<String, Uuid>,
    ids: HashSet<Uuid>,
}

impl Names {
    fn of(persons: &[PersonRow]) -> Self {
        let named = || persons.iter().rev().filter(|person| !person.name.is_empty());
        Self {
            by_name: named().map(|person| (person.name.to_lowercase(), person.id)).collect(),
            ids: named().map(|person| person.id).collect(),
        }
    }

    /// Whether a face that the file still marks stays: nobody has another name for it. Where nobody has the name any
    /// more that the file has, a user gave whoever it is another one.
    fn stays(&self, face: &FaceRow, named: Option<Uuid>) -> bool {
        match face.person_id {
            _ if is_decided(face) => true,
            Some(person) => named.map_or_else(|| self.ids.contains(&person), |named| named == person),
            None => false,
        }
    }
}

/// Whether a user has said something about a face.
const fn is_decided(face: &FaceRow) -> bool {
    face.by_hand || face.removed_at.is_some()
}

#[cfg(test)]
mod tests {
    use albumen_domain::face::FaceBox;
    use chrono::DateTime;

    use super::*;

    const ADA: Uuid = Uuid::from_u128(10);
    const AREA: FaceBox = FaceBox { frame_width: 400, frame_height: 300, left: 1, top: 2, right: 30, bottom: 40 };

    fn person(id: Uuid, name: &str) -> PersonRow {
        PersonRow {
            id,
            owner_id: Uuid::from_u128(1),
            name: name.to_owned(),
            birth_date: None,
            hidden: false,
            favorite: false,
            color: None,
            feature_face_id: None,
            thumbnail_path: None,
            face_count: 1,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    fn face(person: Option<Uuid>) -> FaceRow {
        FaceRow {
            id: Uuid::from_u128(20),
            asset_id: Uuid::from_u128(2),
            owner_id: Uuid::from_u128(1),
            person_id: person,
            said_person_id: person,
            source: FaceSource::Exif.as_str().to_owned(),
            frame_width: AREA.frame_width,
            frame_height: AREA.frame_height,
            x1: AREA.left,
            y1: AREA.top,
            x2: AREA.right,
            y2: AREA.bottom,
            by_hand: false,
            generation: None,
            removed_at: None,
            in_sight: true,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_face_stays_until_the_file_has_another_name_for_it() {
        let (eve, nobody) = (Uuid::from_u128(11), Uuid::from_u128(12));
        let names = Names::of(&[person(ADA, "ADA"), person(eve, "Eve"), person(nobody, "")]);
        assert_eq!(names.by_name.get("ada"), Some(&ADA));
        assert!(names.stays(&face(Some(ADA)), Some(ADA)));
        assert!(!names.stays(&face(Some(ADA)), Some(eve)));
        // A user gave them another name.
        assert!(names.stays(&face(Some(ADA)), None));
        assert!(!names.stays(&face(Some(nobody)), None));
        assert!(!names.stays(&face(None), None));
        assert!(names.stays(&FaceRow { by_hand: true, ..face(Some(eve)) }, Some(ADA)));
        assert!(names.stays(&FaceRow { removed_at: Some(DateTime::UNIX_EPOCH), ..face(None) }, Some(ADA)));
    }

    #[test]
    fn of_several_with_one_name_the_first_is_meant() {
        let names = Names::of(&[person(ADA, "Ada"), person(Uuid::from_u128(11), "ada")]);
        assert_eq!(names.by_name.get("ada"), Some(&ADA));
        assert_eq!(face(None).area(), AREA);
    }
}
