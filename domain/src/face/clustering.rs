//! Whose faces are whose: faces that look alike are of one person.
//!
//! Faces are looked at one after the other, as the queue has them. One with enough others near it is at the
//! core of somebody: it joins whoever is near, or is where a new person begins. One with too few is put off
//! until all others had their turn, and then joins whoever is near, or stays alone.
//!
//! The outcome follows from the faces, their order and the rules, and from nothing else.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use chrono::NaiveDate;
use uuid::Uuid;

/// When faces are taken for the same person's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusteringRules {
    /// Faces that make a person.
    pub min_faces: usize,
    /// The cosine distance up to which two faces can be the same person's.
    pub max_distance: f32,
}

/// A face with its vector.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredFace {
    /// Its id.
    pub id: Uuid,
    /// Of any length but none; all have the same number of dimensions.
    pub vector: Vec<f32>,
    /// Whose it is.
    pub person: Option<Uuid>,
    /// The day of its photo.
    pub taken_on: NaiveDate,
    /// Whether its photo is in the timeline: others extend nobody.
    pub is_in_timeline: bool,
    /// A photo in the trash is near to none.
    pub is_in_trash: bool,
}

/// A face that has become somebody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// Which.
    pub face: Uuid,
    /// Whose it is.
    pub person: Uuid,
    /// Nobody knew of them before.
    pub is_new: bool,
}

/// Looks at the faces of `queue`, in its order, among all `faces`. `births` are the birthdays of persons;
/// `person_of` gives the id of a person who begins with a face.
pub fn cluster(
    rules: ClusteringRules,
    faces: Vec<MeasuredFace>,
    births: &BTreeMap<Uuid, NaiveDate>,
    queue: &[Uuid],
    person_of: &mut dyn FnMut(Uuid) -> Uuid,
) -> Vec<Assigned> {
    let places: HashMap<Uuid, usize> = faces.iter().enumerate().map(|(place, face)| (face.id, place)).collect();
    let mut run = Run::new(rules, faces, births);
    let mut waiting: VecDeque<(usize, bool)> =
        queue.iter().filter_map(|id| places.get(id)).map(|place| (*place, false)).collect();
    let mut assigned = Vec::new();
    while let Some((place, is_deferred)) = waiting.pop_front() {
        match run.look_at(place, is_deferred) {
            Verdict::Nobody => {}
            Verdict::Later => waiting.push_back((place, true)),
            Verdict::Known(person) => assigned.push(run.give(place, person)),
            Verdict::Somebody => {
                let person = person_of(run.faces[place].id);
                run.newcomers.insert(person);
                assigned.push(run.give(place, person));
            }
        }
    }
    assigned
}

/// What comes of a look at a face.
enum Verdict {
    /// It stays nobody's, or whose it is.
    Nobody,
    /// It has its turn when all others had theirs.
    Later,
    /// It is that person's.
    Known(Uuid),
    /// It is where a person begins.
    Somebody,
}

struct Run<'a> {
    rules: ClusteringRules,
    /// Each vector at length one; empty where there is none that could be compared.
    faces: Vec<MeasuredFace>,
    births: &'a BTreeMap<Uuid, NaiveDate>,
    /// Who began in this run.
    newcomers: HashSet<Uuid>,
}

impl<'a> Run<'a> {
    fn new(rules: ClusteringRules, mut faces: Vec<MeasuredFace>, births: &'a BTreeMap<Uuid, NaiveDate>) -> Self {
        let dimension = faces.first().map_or(0, |face| face.vector.len());
        faces.iter_mut().for_each(|face| shorten(&mut face.vector, dimension));
        Self { rules, faces, births, newcomers: HashSet::new() }
    }

    fn look_at(&self, place: usize, is_deferred: bool) -> Verdict {
        if self.faces[place].person.is_some() || self.faces[place].vector.is_empty() {
            return Verdict::Nobody;
        }
        let distances = self.distances(place);
        let matches = self.nearest(&distances);
        if self.rules.min_faces > 1 && matches.len() <= 1 {
            return Verdict::Nobody;
        }
        let is_core = matches.len() >= self.rules.min_faces && self.faces[place].is_in_timeline;
        if !is_core && !is_deferred {
            return Verdict::Later;
        }
        let person = matches.iter().find_map(|(other, _)| self.faces[*other].person);
        match person.or_else(|| self.nearest_person(&distances)) {
            Some(person) => Verdict::Known(person),
            None if is_core => Verdict::Somebody,
            None => Verdict::Nobody,
        }
    }

    fn give(&mut self, place: usize, person: Uuid) -> Assigned {
        self.faces[place].person = Some(person);
        Assigned { face: self.faces[place].id, person, is_new: self.newcomers.contains(&person) }
    }

    /// The faces that may be near at all, each with its distance.
    fn distances(&self, place: usize) -> Vec<(usize, f32)> {
        let (vector, day) = (&self.faces[place].vector, self.faces[place].taken_on);
        let may_be_near = |other: &usize| {
            let face = &self.faces[*other];
            let birth = face.person.and_then(|person| self.births.get(&person));
            !face.is_in_trash && face.vector.len() == vector.len() && birth.is_none_or(|birth| *birth <= day)
        };
        let others = (0..self.faces.len()).filter(may_be_near);
        let measured = others.map(|other| (other, 1.0 - dot(vector, &self.faces[other].vector)));
        measured.filter(|(_, distance)| *distance <= self.rules.max_distance).collect()
    }

    /// As many as make a person, the nearest first, as far as they are near enough.
    fn nearest(&self, distances: &[(usize, f32)]) -> Vec<(usize, f32)> {
        let mut nearest = distances.to_vec();
        let by_distance = |one: &(usize, f32), two: &(usize, f32)| one.1.total_cmp(&two.1).then(one.0.cmp(&two.0));
        if nearest.len() > self.rules.min_faces {
            nearest.select_nth_unstable_by(self.rules.min_faces, by_distance);
            nearest.truncate(self.rules.min_faces);
        }
        nearest.sort_unstable_by(by_distance);
        nearest
    }

    /// The person of the nearest face that has one.
    fn nearest_person(&self, distances: &[(usize, f32)]) -> Option<Uuid> {
        let theirs =
            distances.iter().filter_map(|(other, distance)| Some((*distance, *other, self.faces[*other].person?)));
        theirs.min_by(|one, two| one.0.total_cmp(&two.0).then(one.1.cmp(&two.1))).map(|(_, _, person)| person)
    }
}

/// Makes a vector of length one. One without a length, or with another number of dimensions, is none.
fn shorten(vector: &mut Vec<f32>, dimension: usize) {
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    if vector.len() == dimension && length.is_normal() {
        vector.iter_mut().for_each(|number| *number /= length);
    } else {
        vector.clear();
    }
}

/// In several sums, so that a processor can add more than one number at a time.
fn dot(one: &[f32], two: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0_f32; LANES];
    let (one, two) = (one.chunks_exact(LANES), two.chunks_exact(LANES));
    let rest: f32 = one.remainder().iter().zip(two.remainder()).map(|(a, b)| a * b).sum();
    for (one, two) in one.zip(two) {
        for lane in 0..LANES {
            sums[lane] += one[lane] * two[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ADA: Uuid = Uuid::from_u128(0xada);
    const RULES: ClusteringRules = ClusteringRules { min_faces: 3, max_distance: 0.5 };
    /// Persons who begin have the id of their face, plus this.
    const BEGINNING: u128 = 1_000;

    fn day(year: i32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, 1, 1).expect("a day")
    }

    /// A face in a direction, in degrees: 60° are a distance of 0.5.
    fn face(id: u128, degrees: f32) -> MeasuredFace {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        MeasuredFace {
            id: Uuid::from_u128(id),
            vector: vec![3.0 * cosine, 3.0 * sine],
            person: None,
            taken_on: day(2020),
            is_in_timeline: true,
            is_in_trash: false,
        }
    }

    fn of(person: Uuid, face: MeasuredFace) -> MeasuredFace {
        MeasuredFace { person: Some(person), ..face }
    }

    fn run_with(
        rules: ClusteringRules,
        faces: &[MeasuredFace],
        births: &BTreeMap<Uuid, NaiveDate>,
    ) -> Vec<(u128, u128, bool)> {
        let queue: Vec<Uuid> = faces.iter().map(|face| face.id).collect();
        let mut person_of = |face: Uuid| Uuid::from_u128(face.as_u128() + BEGINNING);
        let assigned = cluster(rules, faces.to_vec(), births, &queue, &mut person_of);
        assigned.iter().map(|one| (one.face.as_u128(), one.person.as_u128(), one.is_new)).collect()
    }

    fn run(faces: &[MeasuredFace]) -> Vec<(u128, u128, bool)> {
        run_with(RULES, faces, &BTreeMap::new())
    }

    #[test]
    fn enough_faces_make_a_person() {
        let faces = [face(1, 0.0), face(2, 5.0), face(3, 10.0)];
        assert_eq!(run(&faces), [(1, 1_001, true), (2, 1_001, true), (3, 1_001, true)]);
        assert_eq!(run(&faces[..2]), []);
    }

    #[test]
    fn a_face_alone_stays_alone_and_is_not_put_off() {
        assert_eq!(run(&[face(1, 0.0), face(2, 90.0), face(3, 180.0)]), []);
        // Where one face makes a person, everybody is one.
        let rules = ClusteringRules { min_faces: 1, ..RULES };
        let expected = [(1, 1_001, true), (2, 1_002, true)];
        assert_eq!(run_with(rules, &[face(1, 0.0), face(2, 90.0)], &BTreeMap::new()), expected);
    }

    #[test]
    fn a_face_at_the_border_joins_when_all_others_had_their_turn() {
        // The first has one other near it: it waits, and then joins the person of that.
        let faces = [face(1, 0.0), face(2, 50.0), face(3, 80.0), face(4, 85.0)];
        assert_eq!(run(&faces), [(2, 1_002, true), (3, 1_002, true), (4, 1_002, true), (1, 1_002, true)]);
    }

    #[test]
    fn a_border_does_not_extend_anybody() {
        // A chain: each is near to its neighbours alone, so nobody has enough.
        let rules = ClusteringRules { min_faces: 4, ..RULES };
        let faces = [face(1, 0.0), face(2, 50.0), face(3, 100.0), face(4, 150.0)];
        assert_eq!(run_with(rules, &faces, &BTreeMap::new()), []);
    }

    #[test]
    fn the_nearest_person_is_joined() {
        let eve = Uuid::from_u128(0xe5e);
        let faces = [of(ADA, face(1, 0.0)), of(eve, face(2, 30.0)), face(3, 20.0)];
        assert_eq!(run(&faces), [(3, 0xe5e, false)]);
    }

    #[test]
    fn a_person_beyond_the_nearest_faces_is_found_too() {
        // Three strangers are nearer than the only one who is somebody.
        let faces = [face(1, 0.0), face(2, 1.0), face(3, 2.0), of(ADA, face(4, 40.0))];
        assert_eq!(run(&faces)[0], (1, 0xada, false));
    }

    #[test]
    fn what_is_not_in_the_timeline_can_join_and_not_begin() {
        let archived = |id, degrees| MeasuredFace { is_in_timeline: false, ..face(id, degrees) };
        assert_eq!(run(&[archived(1, 0.0), archived(2, 1.0), archived(3, 2.0)]), []);
        assert_eq!(run(&[archived(1, 0.0), of(ADA, face(2, 1.0))]), [(1, 0xada, false)]);
        // It counts among those that are near to another.
        let counted = [archived(1, 0.0), archived(2, 1.0), face(3, 2.0)];
        assert_eq!(run(&counted), [(3, 1_003, true), (1, 1_003, true), (2, 1_003, true)]);
    }

    #[test]
    fn what_is_in_the_trash_is_near_to_nobody() {
        let trashed = |id, degrees| MeasuredFace { is_in_trash: true, ..face(id, degrees) };
        assert_eq!(run(&[face(1, 0.0), face(2, 1.0), trashed(3, 2.0)]), []);
        // It can join others itself: it is not among those near it, though.
        assert_eq!(run(&[of(ADA, face(1, 0.0)), of(ADA, face(2, 1.0)), trashed(3, 2.0)]), [(3, 0xada, false)]);
    }

    #[test]
    fn nobody_is_seen_before_they_are_born() {
        let births = BTreeMap::from([(ADA, day(2021))]);
        let faces = [of(ADA, face(1, 0.0)), of(ADA, face(2, 1.0)), face(3, 2.0)];
        assert_eq!(run_with(RULES, &faces, &births), []);
        let later = MeasuredFace { taken_on: day(2021), ..face(3, 2.0) };
        let faces = [of(ADA, face(1, 0.0)), of(ADA, face(2, 1.0)), later];
        assert_eq!(run_with(RULES, &faces, &births), [(3, 0xada, false)]);
    }

    #[test]
    fn distances_are_bounded() {
        let near = [of(ADA, face(1, 0.0)), face(2, 59.9)];
        let far = [of(ADA, face(1, 0.0)), face(2, 60.1)];
        assert_eq!((run(&near).len(), run(&far).len()), (1, 0));
    }

    #[test]
    fn a_vector_of_no_length_is_near_to_nothing() {
        let nothing = |id| MeasuredFace { vector: vec![0.0, 0.0], ..face(id, 0.0) };
        let other = |id| MeasuredFace { vector: vec![1.0], ..face(id, 0.0) };
        assert_eq!(run(&[face(1, 0.0), nothing(2), nothing(3), nothing(4), other(5)]), []);
    }

    proptest! {
        /// The same faces in the same order yield the same, whatever is asked twice has become somebody's once, and
        /// nobody begins with fewer faces near them than make a person.
        #[test]
        fn clustering_is_determined(degrees in prop::collection::vec(0..360_u16, 1..40), min_faces in 1..5_usize) {
            let rules = ClusteringRules { min_faces, ..RULES };
            let faces: Vec<MeasuredFace> =
                degrees.iter().zip(1..).map(|(degrees, id)| face(id, f32::from(*degrees))).collect();
            let once = run_with(rules, &faces, &BTreeMap::new());
            prop_assert_eq!(&once, &run_with(rules, &faces, &BTreeMap::new()));
            let mut ids: Vec<u128> = once.iter().map(|(face, ..)| *face).collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), once.len());
            for (id, person, _) in &once {
                if *person != id + BEGINNING {
                    continue;
                }
                let founder = f32::from(degrees[*id as usize - 1]);
                let apart = |other: &&u16| (f32::from(**other) - founder).to_radians().cos() >= 0.499;
                prop_assert!(degrees.iter().filter(apart).count() >= min_faces);
            }
            // A second look at what is left changes nothing for those who are somebody's.
            let again: Vec<MeasuredFace> = faces
                .iter()
                .map(|one| {
                    let whose = once.iter().find(|(face, ..)| *face == one.id.as_u128());
                    MeasuredFace { person: whose.map(|(_, person, _)| Uuid::from_u128(*person)), ..one.clone() }
                })
                .collect();
            prop_assert!(run_with(rules, &again, &BTreeMap::new()).iter().all(|(face, ..)| !ids.contains(face)));
        }
    }
}
