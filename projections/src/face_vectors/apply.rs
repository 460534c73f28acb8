//! How events change this read model.

use std::{collections::HashMap, sync::Arc};

use albumen_domain::{
    AnyEvent, Recorded, asset::AssetEvent, face::FaceEvent, face_embedding::FaceEmbeddingEvent, user::UserEvent,
};
use uuid::Uuid;

use super::rows::VectorRow;
use crate::{
    gone::gone_user,
    runtime::{ApplyError, Projection, Writer},
};

/// See the module's words.
pub struct FaceVectors;

#[async_trait::async_trait]
impl Projection for FaceVectors {
    fn name(&self) -> &'static str {
        "face_vectors"
    }

    fn version(&self) -> i32 {
        1
    }

    fn tables_sql(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["face_vector"]
    }

    fn concerns(&self, recorded: &Recorded) -> bool {
        match &recorded.event {
            AnyEvent::FaceEmbedding(_) | AnyEvent::Erasure(_) => true,
            AnyEvent::Face(event) => matches!(event, FaceEvent::Deleted(_)),
            AnyEvent::Asset(event) => matches!(event, AssetEvent::Deleted(_)),
            AnyEvent::User(event) => matches!(event, UserEvent::Removed(_)),
            _ => false,
        }
    }

    async fn apply(&self, writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let mut changes = Changes::default();
        for recorded in events {
            changes.hear(recorded);
        }
        changes.save(writer).await?;
        Ok(())
    }
}

/// What a batch comes to. What goes takes along what came before it alone.
#[derive(Default)]
struct Changes {
    measured: HashMap<(Uuid, String), VectorRow>,
    faces: Vec<Uuid>,
    assets: Vec<Uuid>,
    owners: Vec<Uuid>,
}

impl Changes {
    fn hear(&mut self, recorded: &Recorded) {
        let id = recorded.stream.id;
        if let Some(owner) = gone_user(recorded) {
            self.measured.retain(|_, row| row.owner_id != owner);
            self.owners.push(owner);
            return;
        }
        match &recorded.event {
            AnyEvent::FaceEmbedding(FaceEmbeddingEvent::Measured(measured)) => {
                if let Some(row) = VectorRow::of(recorded, measured) {
                    self.measured.insert((id, row.model.clone()), row);
                }
            }
            AnyEvent::Face(_) => self.forget(id, true, false),
            AnyEvent::Asset(_) => self.forget(id, false, true),
            // The subject can be an asset or a face.
            AnyEvent::Erasure(_) => self.forget(id, true, true),
            _ => {}
        }
    }

    fn forget(&mut self, id: Uuid, is_face: bool, is_asset: bool) {
        self.measured.retain(|_, row| !(is_face && row.face_id == id || is_asset && row.asset_id == id));
        if is_face {
            self.faces.push(id);
        }
        if is_asset {
            self.assets.push(id);
        }
    }

    async fn save(self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        if !(self.faces.is_empty() && self.assets.is_empty() && self.owners.is_empty()) {
            writer.execute(include_str!("sql/delete.sql"), &[&self.faces, &self.assets, &self.owners]).await?;
        }
        if self.measured.is_empty() {
            return Ok(());
        }
        let rows: Vec<VectorRow> = self.measured.into_values().collect();
        let ids = |of: fn(&VectorRow) -> Uuid| rows.iter().map(of).collect::<Vec<_>>();
        let models: Vec<&str> = rows.iter().map(|row| row.model.as_str()).collect();
        let positions: Vec<i64> = rows.iter().map(|row| row.position).collect();
        let dimensions: Vec<i32> = rows.iter().map(|row| row.dimension).collect();
        let vectors: Vec<&pgvector::HalfVector> = rows.iter().map(|row| &row.vector).collect();
        let (faces, assets, owners) = (ids(|row| row.face_id), ids(|row| row.asset_id), ids(|row| row.owner_id));
        let sql = include_str!("sql/insert.sql");
        writer.execute(sql, &[&faces, &models, &assets, &owners, &positions, &dimensions, &vectors]).await?;
        Ok(())
    }
}
