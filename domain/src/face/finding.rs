//! What becomes of the faces on an asset when a detector has looked at it again.
//!
//! What it finds where a face is known already is that face, whoever said so, and also where a user said
//! that there is none. What a detector had found and does not find any more goes, unless a user has said
//! something about it.

use uuid::Uuid;

use super::{FaceBox, FaceSource};

/// A face that is known of an asset.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownFace {
    /// Its id.
    pub id: Uuid,
    /// Who found it.
    pub source: FaceSource,
    /// Where it is.
    pub area: FaceBox,
    /// A user said that there is none.
    pub is_removed: bool,
    /// A user said whose it is, or that it is nobody's.
    pub is_decided_by_hand: bool,
    /// The model has looked at it already.
    pub is_measured: bool,
}

/// What becomes of them. What was found is named by its place in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// Known faces that the model sees for the first time, with what it found there.
    pub measured: Vec<(Uuid, usize)>,
    /// What nobody knew of.
    pub new: Vec<usize>,
    /// Faces that are not found any more.
    pub vanished: Vec<Uuid>,
}

/// Compares what is known of an asset with what was found on it now.
#[must_use]
pub fn compare(known: &[KnownFace], found: &[FaceBox]) -> Finding {
    let mut finding = Finding::default();
    let mut is_found = vec![false; known.len()];
    for (index, area) in found.iter().enumerate() {
        let Some(place) = known.iter().position(|face| face.area.is_same_face(area)) else {
            finding.new.push(index);
            continue;
        };
        let face = &known[place];
        if !is_found[place] && !face.is_removed && !face.is_measured {
            finding.measured.push((face.id, index));
        }
        is_found[place] = true;
    }
    let lost = known.iter().zip(is_found).filter(|(face, is_found)| !is_found && may_vanish(face));
    finding.vanished = lost.map(|(face, _)| face.id).collect();
    finding
}

const fn may_vanish(face: &KnownFace) -> bool {
    matches!(face.source, FaceSource::MachineLearning) && !face.is_removed && !face.is_decided_by_hand
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(left: i32) -> FaceBox {
        FaceBox { frame_width: 100, frame_height: 100, left, top: 10, right: left + 20, bottom: 40 }
    }

    fn known(id: u128, source: FaceSource, left: i32) -> KnownFace {
        KnownFace {
            id: Uuid::from_u128(id),
            source,
            area: area(left),
            is_removed: false,
            is_decided_by_hand: false,
            is_measured: true,
        }
    }

    fn id(id: u128) -> Uuid {
        Uuid::from_u128(id)
    }

    #[test]
    fn what_is_found_again_is_kept_as_it_is() {
        let faces = [known(1, FaceSource::MachineLearning, 0)];
        assert_eq!(compare(&faces, &[area(2)]), Finding::default());
        assert_eq!(compare(&faces, &[area(2), area(60)]), Finding { new: vec![1], ..Finding::default() });
    }

    #[test]
    fn what_is_not_found_any_more_goes_unless_somebody_said_something_about_it() {
        let drawn = known(2, FaceSource::Manual, 40);
        let read = known(3, FaceSource::Exif, 70);
        let decided = KnownFace { is_decided_by_hand: true, ..known(4, FaceSource::MachineLearning, 20) };
        let none = KnownFace { is_removed: true, ..known(5, FaceSource::MachineLearning, 60) };
        let faces = [known(1, FaceSource::MachineLearning, 0), drawn, read, decided, none];
        assert_eq!(compare(&faces, &[]), Finding { vanished: vec![id(1)], ..Finding::default() });
    }

    #[test]
    fn where_there_is_no_face_none_is_found() {
        let none = KnownFace { is_removed: true, is_measured: false, ..known(1, FaceSource::MachineLearning, 0) };
        assert_eq!(compare(&[none], &[area(0)]), Finding::default());
    }

    #[test]
    fn what_others_said_is_measured() {
        let drawn = KnownFace { is_measured: false, ..known(1, FaceSource::Manual, 0) };
        let expected = Finding { measured: vec![(id(1), 0)], ..Finding::default() };
        assert_eq!(compare(std::slice::from_ref(&drawn), &[area(0)]), expected);
        // Two boxes on one face are one face.
        assert_eq!(compare(&[drawn], &[area(0), area(1)]), expected);
    }

    #[test]
    fn frames_can_differ() {
        let full = FaceBox { frame_width: 4_000, frame_height: 3_000, left: 400, top: 300, right: 800, bottom: 900 };
        let read = KnownFace { area: full, is_measured: false, ..known(1, FaceSource::Exif, 0) };
        let small = FaceBox { frame_width: 1_440, frame_height: 1_080, left: 144, top: 108, right: 288, bottom: 324 };
        assert_eq!(compare(&[read], &[small]).measured, [(id(1), 0)]);
    }
}
