//! Looks for faces on an asset.

use albumen_commands::Joint;
use albumen_domain::{
    face::{Face, FaceBox, FaceCommand, FaceSource, Finding, KnownFace, NewFace, compare},
    face_embedding::{FaceEmbedding, FaceEmbeddingCommand, FaceMeasured},
    processing::{FacesDetected, Job, Processing, ProcessingCommand},
    system::{Concurrency, JobSettings},
    vector,
};
use albumen_projections::{people::FaceRow, work::Claimed};
use uuid::Uuid;

use super::{
    Failure, Outcome, Workshop, count,
    runner::{Worker, report_together},
};
use crate::inference::{FoundFace, FoundFaces};

#[derive(Clone, Copy)]
pub(super) struct FaceDetection;

impl Worker for FaceDetection {
    const JOB: Job = Job::FaceDetection;

    fn concurrency(settings: &JobSettings) -> Concurrency {
        settings.face_detection
    }

    fn is_possible(workshop: &Workshop) -> bool {
        workshop.predictor.is_available()
    }

    async fn work(self, workshop: &Workshop, work: &Claimed) -> Result<Outcome, Failure> {
        let Some(asset) = workshop.asset_to_recognise(work).await? else { return Ok(Outcome::Nothing) };
        let Some(model) = workshop.model_for(Self::JOB, work).await? else { return Ok(Outcome::Settled) };
        let preview = workshop.preview(&asset)?;
        let min_score = workshop.configuration.current().settings.machine_learning.facial_recognition.min_score;
        let found = workshop.predictor.find_faces(&preview, &model, min_score).await?;
        let known = known_faces(workshop, asset.id, &model).await?;
        let sight = Sight { work, model: &model, boxes: boxes(&found), found: &found.faces };
        let finding = compare(&known, &sight.boxes);
        let is_told = report_together(workshop, Self::JOB, work, &sight.tell(&finding)).await?;
        Ok(if is_told { Outcome::Settled } else { Outcome::Nothing })
    }
}

async fn known_faces(workshop: &Workshop, asset: Uuid, model: &str) -> Result<Vec<KnownFace>, Failure> {
    let measured = workshop.reads.face_vectors().seen_on(asset, model).await?;
    let faces = workshop.reads.people().all_faces_on(asset).await?;
    let known = |face: FaceRow| KnownFace {
        id: face.id,
        source: FaceSource::by_name(&face.source).unwrap_or(FaceSource::MachineLearning),
        area: face.area(),
        is_removed: face.removed_at.is_some(),
        is_decided_by_hand: face.by_hand,
        is_measured: measured.contains(&face.id),
    };
    Ok(faces.into_iter().map(known).collect())
}

/// The boxes in whole pixels of the picture that the model was shown.
fn boxes(found: &FoundFaces) -> Vec<FaceBox> {
    let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
    // `as` stays within what an integer holds.
    let whole = |pixels: f32| pixels.round() as i32;
    let area = |face: &FoundFace| FaceBox {
        frame_width: side(found.image_width),
        frame_height: side(found.image_height),
        left: whole(face.left),
        top: whole(face.top),
        right: whole(face.right),
        bottom: whole(face.bottom),
    };
    found.faces.iter().map(area).collect()
}

/// What a model saw on an asset.
struct Sight<'a> {
    work: &'a Claimed,
    model: &'a str,
    boxes: Vec<FaceBox>,
    found: &'a [FoundFace],
}

impl Sight<'_> {
    /// All that follows happens together, so no face is without its vector, and none is found twice.
    fn tell(&self, finding: &Finding) -> Joint {
        let (asset, owner) = (self.work.asset_id, self.work.owner_id);
        let new: Vec<(Uuid, usize)> = finding.new.iter().map(|place| (Uuid::new_v4(), *place)).collect();
        let add = |(id, place): &(Uuid, usize)| {
            let (source, area) = (FaceSource::MachineLearning, self.boxes[*place]);
            (*id, FaceCommand::Add(NewFace { owner, asset, source, area, person: None }))
        };
        let mut faces: Vec<(Uuid, FaceCommand)> = new.iter().map(add).collect();
        faces.extend(finding.vanished.iter().map(|face| (*face, FaceCommand::Delete)));
        let measured = new.iter().chain(&finding.measured).filter_map(|(face, place)| self.measure(*face, *place));
        let detected = FacesDetected {
            owner,
            lease: self.work.lease_id,
            revision: self.work.revision,
            model: self.model.to_owned(),
            found: count(self.found.len()),
            added: count(new.len()),
            measured: count(finding.measured.len()),
            vanished: count(finding.vanished.len()),
        };
        let mut joint = Joint::default();
        joint.ask::<Face>(faces);
        joint.ask::<FaceEmbedding>(measured.collect());
        joint.ask::<Processing>(vec![(asset, ProcessingCommand::ReportFaces(detected))]);
        joint
    }

    /// None where the model sees nothing that could be compared: the face is there nevertheless.
    fn measure(&self, face: Uuid, place: usize) -> Option<(Uuid, FaceEmbeddingCommand)> {
        let values = &self.found[place].embedding;
        let measured = FaceMeasured {
            owner: self.work.owner_id,
            asset: self.work.asset_id,
            model: self.model.to_owned(),
            dimension: count(values.len()),
            vector: vector::encode(&unit(values)?).into(),
        };
        Some((face, FaceEmbeddingCommand::Measure(measured)))
    }
}

/// The vector at length one, which compares the same and cannot be too long for halves of floats.
fn unit(values: &[f32]) -> Option<Vec<f32>> {
    let length = values.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    length.is_normal().then(|| values.iter().map(|value| (f64::from(*value) / length) as f32).collect())
}

#[cfg(test)]
mod tests {
    use albumen_domain::face::SAME_FACE_OVERLAP;

    use super::*;

    fn found(left: f32) -> FoundFace {
        FoundFace { left, top: -2.4, right: left + 40.0, bottom: 50.6, score: 0.9, embedding: vec![3.0, -4.0] }
    }

    #[test]
    fn boxes_are_whole_and_can_reach_beyond_the_edge() {
        let all = FoundFaces { image_width: 640, image_height: 480, faces: vec![found(10.5)] };
        let area = FaceBox { frame_width: 640, frame_height: 480, left: 11, top: -2, right: 51, bottom: 51 };
        assert_eq!(boxes(&all), [area]);
        assert!(area.overlap(&area) > SAME_FACE_OVERLAP);
    }

    #[test]
    fn vectors_have_length_one() {
        assert_eq!(unit(&[3.0, -4.0]), Some(vec![0.6, -0.8]));
        assert_eq!(unit(&[60_000.0, 80_000.0]), Some(vec![0.6, 0.8]));
        assert_eq!((unit(&[0.0, 0.0]), unit(&[]), unit(&[f32::NAN])), (None, None, None));
    }

    #[test]
    fn three_hundred_faces_are_one_append() {
        let faces: Vec<FoundFace> = (0..300_u16).map(|index| found(f32::from(index) * 60.0)).collect();
        let all = FoundFaces { image_width: 20_000, image_height: 480, faces };
        let work = Claimed {
            asset_id: Uuid::from_u128(1),
            owner_id: Uuid::from_u128(2),
            lease_id: Uuid::from_u128(3),
            revision: 4,
            attempt: 1,
        };
        let sight = Sight { work: &work, model: "model", boxes: boxes(&all), found: &all.faces };
        let finding = compare(&[], &sight.boxes);
        assert_eq!(finding.new.len(), 300);
        assert!(sight.measure(work.asset_id, 299).is_some());
        assert!(!sight.tell(&finding).is_empty());
    }
}
