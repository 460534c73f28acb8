//! Wire types of the tag "Status (admin)", which is our own.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::Serialize;
use utoipa::ToSchema;

use super::{forms, queues::QueueProgressDto};

/// How far each part of the installation is, whichever of its processes is asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatusResponseDto {
    /// Position of the newest event of the log.
    #[schema(schema_with = forms::count)]
    pub head: i64,
    /// The copy of the log in EventStoreDB, where there is one.
    #[schema(nullable, required)]
    pub mirror: Option<CopyStatusDto>,
    pub queues: Vec<JobStatusDto>,
    pub read_models: Vec<ReadModelStatusDto>,
    /// The copy of the log in Kafka, where there is one.
    #[schema(nullable, required)]
    pub relay: Option<CopyStatusDto>,
}

/// A copy of the log, and who keeps it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CopyStatusDto {
    /// Events that the copy does not have yet.
    #[schema(schema_with = forms::count)]
    pub lag: i64,
    /// The process that copies; none where nobody does at the moment.
    #[schema(schema_with = forms::nullable_text, required)]
    pub leader: Option<String>,
    #[schema(schema_with = forms::count)]
    pub position: i64,
    /// What keeps it from going on, if anything does.
    #[schema(schema_with = forms::nullable_text, required)]
    pub problem: Option<String>,
}

/// A read model.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadModelStatusDto {
    /// Why it stands still, if it does.
    #[schema(schema_with = forms::nullable_text, required)]
    pub failure: Option<String>,
    /// Events that it does not have yet.
    #[schema(schema_with = forms::count)]
    pub lag: i64,
    pub name: String,
    #[schema(schema_with = forms::count)]
    pub position: i64,
}

/// Work of one kind.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobStatusDto {
    #[schema(schema_with = forms::count)]
    pub active: i64,
    #[schema(schema_with = forms::count)]
    pub delayed: i64,
    #[schema(schema_with = forms::count)]
    pub given_up: i64,
    pub name: String,
    /// While a model has something left to look at.
    #[schema(nullable, required)]
    pub progress: Option<QueueProgressDto>,
    #[schema(schema_with = forms::count)]
    pub waiting: i64,
    /// How long the oldest of it waits already.
    #[schema(schema_with = forms::nullable_count, required)]
    pub waiting_seconds: Option<i64>,
}
