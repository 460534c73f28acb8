//! From a model's folder to something that answers.

use std::sync::Arc;

use albumen_domain::models::{ModelPart, ModelTask};

use crate::{
    clip, faces, ocr,
    session::{Fault, OpenFault, Opener},
    store::{Header, ModelId, Store},
};

/// A part of a model, ready to be asked.
pub enum Loaded {
    /// Sees.
    Visual(clip::Visual),
    /// Reads.
    Textual(Box<clip::Textual>),
    /// Finds faces.
    Faces(faces::Detector),
    /// Tells faces apart.
    FaceRecognition(faces::Recogniser),
    /// Finds text.
    Text(ocr::Detector),
    /// Reads text.
    TextRecognition(ocr::Recogniser),
}

impl From<Fault> for OpenFault {
    /// A graph that loads and is not of its kind: the wrong file lies there.
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Device(_) => Self::Device(fault.to_string()),
            _ => Self::Damaged(fault.to_string()),
        }
    }
}

/// Loads a part of a model.
///
/// # Errors
/// See [`OpenFault`].
pub fn load(store: &Store, opener: &dyn Opener, id: &ModelId, part: ModelPart) -> Result<Loaded, OpenFault> {
    let file = store.graph(id, part);
    let folder = store.folder(id, part);
    let header = || {
        let unreadable = |error: std::io::Error| OpenFault::Damaged(format!("{}: {error}", file.display()));
        Header::read(&file).map_err(unreadable)
    };
    let answers_with_vectors = match id.task {
        ModelTask::Clip => true,
        ModelTask::FacialRecognition => part == ModelPart::Recognition,
        ModelTask::Ocr => false,
    };
    let session = opener.open(&file, answers_with_vectors)?;
    Ok(match (id.task, part) {
        (ModelTask::Clip, ModelPart::Visual) => {
            Loaded::Visual(clip::Visual::load(session, &folder.join(part.as_str()))?)
        }
        (ModelTask::Clip, _) => Loaded::Textual(Box::new(clip::Textual::load(session, &id.name, &folder)?)),
        (ModelTask::FacialRecognition, ModelPart::Detection) => Loaded::Faces(faces::Detector::new(session)?),
        (ModelTask::FacialRecognition, _) => {
            let settings = faces::FaceSettings::read(&folder)?;
            Loaded::FaceRecognition(faces::Recogniser::new(session, &settings, &header()?.first_nodes)?)
        }
        (ModelTask::Ocr, ModelPart::Detection) => Loaded::Text(ocr::Detector::new(session)?),
        (ModelTask::Ocr, _) => {
            let character = header()?.metadata.remove("character");
            let alphabet = ocr::Alphabet::load(character.as_deref(), &folder.join(part.as_str()))?;
            Loaded::TextRecognition(ocr::Recogniser::new(session, alphabet)?)
        }
    })
}

/// A part that is shared by those who ask it.
pub type Shared = Arc<Loaded>;
