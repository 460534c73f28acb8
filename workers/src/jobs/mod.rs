//! The jobs: what is done to each asset after it arrived, and what members of albums are written.
//!
//! A job says what it does with one piece of work; [`runner`] does everything around it: claiming,
//! leases, bounds, retries, and the event that every attempt ends in.

mod deletion;
mod duplicates;
mod embedding;
pub mod face_clustering;
mod face_detection;
mod file_faces;
mod file_tags;
mod live_photo;
mod mails;
pub mod memories;
mod metadata;
mod models;
mod motion_photo;
pub mod people;
mod person_thumbnail;
mod previews;
mod runner;
mod sidecar;
mod text_recognition;

use std::{path::PathBuf, sync::Arc};

use albumen_commands::Commands;
use albumen_domain::processing::{Job, ProcessingCommand};
use albumen_projections::{ReadError, ReadModels, library::AssetRow, system::Configuration, work::Claimed};

use crate::{
    inference::{PredictFailure, Predictor},
    media::{
        decode::{DecodeFailure, DecodePool},
        exiftool::{ExifTool, ExifToolError},
        store::{MediaPath, MediaPathError, MediaStore, StoreError},
    },
    tasks::Releases,
};

/// What jobs work with.
pub struct Workshop {
    /// The write side, for outcomes.
    pub commands: Commands,
    /// The read side, for what there is to do.
    pub reads: Arc<ReadModels>,
    /// Where media lies.
    pub media: Arc<dyn MediaStore>,
    /// Reads tags.
    pub exiftool: ExifTool,
    /// Decodes, in children.
    pub decoder: DecodePool,
    /// Asks models.
    pub predictor: Predictor,
    /// The configuration in force.
    pub configuration: Arc<Configuration>,
    /// How newer versions of the API are looked for.
    pub releases: Releases,
    /// Positions by which there may be more to do, where a transport wakes workers; otherwise they
    /// hear of it from the read model.
    pub wake_ups: Option<tokio::sync::watch::Receiver<i64>>,
}

/// Why an attempt came to nothing.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    reason: String,
    outlook: Outlook,
}

/// What trying again would come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outlook {
    /// It can help.
    Open,
    /// It cannot help.
    Hopeless,
    /// Nothing was tried, for want of what it takes: it is no attempt.
    Untried,
}

impl Failure {
    pub(crate) fn for_now(reason: impl std::fmt::Display) -> Self {
        Self { reason: reason.to_string(), outlook: Outlook::Open }
    }

    pub(crate) fn for_good(reason: impl std::fmt::Display) -> Self {
        Self { reason: reason.to_string(), outlook: Outlook::Hopeless }
    }

    /// There is nobody to do it at the moment.
    pub(crate) fn untried(reason: impl std::fmt::Display) -> Self {
        Self { reason: reason.to_string(), outlook: Outlook::Untried }
    }

    fn of(is_permanent: bool, reason: impl std::fmt::Display) -> Self {
        if is_permanent { Self::for_good(reason) } else { Self::for_now(reason) }
    }
}

impl From<DecodeFailure> for Failure {
    fn from(failure: DecodeFailure) -> Self {
        Self::of(failure.permanent, failure.reason)
    }
}

impl From<ExifToolError> for Failure {
    fn from(error: ExifToolError) -> Self {
        Self::of(error.is_permanent(), error)
    }
}

impl From<PredictFailure> for Failure {
    fn from(failure: PredictFailure) -> Self {
        if failure.is_unavailable() { Self::untried(failure) } else { Self::of(failure.is_permanent(), failure) }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::for_now(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::for_now(error)
    }
}

impl From<MediaPathError> for Failure {
    fn from(error: MediaPathError) -> Self {
        Self::for_good(error)
    }
}

/// What a piece of work came to.
enum Outcome {
    /// To be put into the log.
    Report(ProcessingCommand),
    /// The log was told already, or has to be told nothing. The lease is given back.
    Settled,
    /// There is nothing there to do it to. The lease is kept, so that nobody looks again at once.
    Nothing,
}

impl Workshop {
    /// The asset as it is after the event that asked for the work; none when it is gone.
    async fn asset(&self, work: &Claimed) -> Result<Option<AssetRow>, Failure> {
        self.reads.wait_for(work.revision).await;
        Ok(self.reads.library().asset(work.asset_id).await?)
    }

    /// The model by which this very work is to be done; none when it was dropped or asked for anew meanwhile. Who did it
    /// by the model of the newer request would leave that one to be done once more.
    async fn model_for(&self, job: Job, work: &Claimed) -> Result<Option<String>, Failure> {
        self.is_switched_on(job)?;
        Ok(self.reads.work().model_for(job, work).await?)
    }

    fn is_switched_on(&self, job: Job) -> Result<(), Failure> {
        if self.configuration.current().settings.machine_learning.does(job) {
            return Ok(());
        }
        Err(Failure::untried(format!("the job {} is switched off", job.as_str())))
    }

    /// The model by which a job of recognition is done at the moment.
    async fn chosen_model(&self, job: Job) -> Result<String, Failure> {
        self.is_switched_on(job)?;
        let chosen = self.reads.work().chosen_models().await?.remove(&job);
        chosen.ok_or_else(|| Failure::untried(format!("no model is chosen for the job {}", job.as_str())))
    }

    /// The asset that a model is to look at; none when it is gone, or hidden behind another.
    async fn asset_to_recognise(&self, work: &Claimed) -> Result<Option<AssetRow>, Failure> {
        Ok(self.asset(work).await?.filter(|asset| asset.visibility != "hidden"))
    }

    /// The small picture that models look at.
    fn preview(&self, asset: &AssetRow) -> Result<PathBuf, Failure> {
        let path = asset.preview_path.as_deref().ok_or_else(|| Failure::for_now("there is no preview yet"))?;
        self.local(path)
    }

    /// A path that programs can open.
    fn local(&self, path: &str) -> Result<PathBuf, Failure> {
        let path = MediaPath::parse(path)?;
        self.media.local_path(&path).ok_or_else(|| Failure::for_good("this media store has no local files"))
    }
}

/// Starts all jobs and tasks; they end when the handle is dropped. `is_alone` where no other process does
/// any.
#[must_use]
pub fn start(workshop: Arc<Workshop>, is_alone: bool) -> Running {
    let mut tasks = vec![
        tokio::spawn(runner::run(workshop.clone(), metadata::Metadata)),
        tokio::spawn(runner::run(workshop.clone(), previews::Previews)),
        tokio::spawn(runner::run(workshop.clone(), deletion::Deletion)),
        tokio::spawn(runner::run(workshop.clone(), sidecar::Sidecar)),
        tokio::spawn(runner::run(workshop.clone(), person_thumbnail::PersonThumbnail)),
        tokio::spawn(runner::run(workshop.clone(), mails::AlbumInvitation)),
        tokio::spawn(runner::run(workshop.clone(), mails::AlbumNews)),
    ];
    tasks.extend(crate::tasks::start(&workshop, is_alone));
    Running { tasks }
}

/// Starts the jobs that need models, or what models say; they end when the handle is dropped.
#[must_use]
pub fn start_inference(workshop: &Arc<Workshop>) -> Running {
    let tasks = vec![
        tokio::spawn(models::run(workshop.clone())),
        tokio::spawn(runner::run(workshop.clone(), embedding::Embedding)),
        tokio::spawn(runner::run(workshop.clone(), duplicates::Duplicates)),
        tokio::spawn(runner::run(workshop.clone(), text_recognition::TextRecognition)),
        tokio::spawn(runner::run(workshop.clone(), face_detection::FaceDetection)),
        tokio::spawn(runner::run(workshop.clone(), face_clustering::FaceClustering)),
        tokio::spawn(runner::run(workshop.clone(), face_clustering::FaceRegrouping)),
    ];
    Running { tasks }
}

/// How many there are, as events tell it.
fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The jobs of this process.
pub struct Running {
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}
