//! The rows of this read model.

use albumen_domain::processing::Job;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::runtime::{Storable, table};

table! {
    /// Something that is to be done.
    pub struct JobRow = "job" [asset_id, job] {
        /// To which asset.
        asset_id: Uuid = "uuid",
        /// Name of the job.
        job: String = "text",
        /// The asset's owner.
        owner_id: Uuid = "uuid",
        /// Position of the event that asked for it.
        revision: i64 = "bigint",
        /// Attempts that came to nothing.
        attempts: i32 = "integer",
        /// Not before then.
        not_before: Option<DateTime<Utc>> = "timestamptz",
        /// Only a newer decoder can help.
        gave_up: bool = "boolean",
        /// What went wrong the last time.
        reason: Option<String> = "text",
        /// When it was asked for.
        requested_at: DateTime<Utc> = "timestamptz",
    }
}

table! {
    /// What has to be remembered of an asset.
    pub struct SubjectRow = "subject" [asset_id] {
        /// Which asset.
        asset_id: Uuid = "uuid",
        /// Its owner.
        owner_id: Uuid = "uuid",
        /// Where it shows up.
        visibility: String = "text",
        /// It is in the trash.
        trashed: bool = "boolean",
        /// Its metadata was read once.
        metadata_done: bool = "boolean",
        /// Its small pictures were made once.
        previews_done: bool = "boolean",
        /// Its deletion was asked for.
        leaving: bool = "boolean",
        /// By job, the models that have seen it.
        recognised: Value = "jsonb",
    }
}

impl SubjectRow {
    /// Whether a model has done this job on it.
    pub(super) fn was_seen(&self, job: Job, model: &str) -> bool {
        self.models(job).iter().any(|seen| seen == model)
    }

    /// Whether any model has.
    pub(super) fn was_seen_by_any(&self, job: Job) -> bool {
        !self.models(job).is_empty()
    }

    /// A model has done this job on it.
    pub(super) fn see(&mut self, job: Job, model: &str) {
        let model = model.to_owned().storable();
        let mut models = self.models(job).to_vec();
        if models.iter().any(|seen| *seen == model) {
            return;
        }
        models.push(json!(model));
        self.recognised[job.as_str()] = Value::Array(models);
    }

    fn models(&self, job: Job) -> &[Value] {
        self.recognised[job.as_str()].as_array().map_or(&[], Vec::as_slice)
    }
}

table! {
    /// Something that is to be done for the whole installation.
    pub struct TaskRow = "task" [id] {
        /// This time.
        id: Uuid = "uuid",
        /// What.
        kind: String = "text",
        /// When it was asked for.
        requested_at: DateTime<Utc> = "timestamptz",
        /// The last attempt; 0 before the first.
        attempt: i32 = "integer",
        /// When that began.
        started_at: Option<DateTime<Utc>> = "timestamptz",
        /// Why it came to nothing.
        failure: Option<String> = "text",
    }
}
