//! How events change this read model.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use albumen_domain::{
    AnyEvent, Recorded,
    asset::AssetEvent,
    embedding::{EmbeddingEvent, EmbeddingMade},
    system::SystemEvent,
    user::UserEvent,
    vector,
};
use pgvector::HalfVector;
use tokio_postgres::Client;
use uuid::Uuid;

use super::{
    index::{Build, Place},
    queries::Bounds,
    rows::{SpaceRow, VectorRow},
};
use crate::{
    gone::gone_user,
    runtime::{ApplyError, Projection, Storable, TableRow, Writer},
};

/// See the module's words.
pub struct Vectors;

#[async_trait::async_trait]
impl Projection for Vectors {
    fn name(&self) -> &'static str {
        "vectors"
    }

    fn version(&self) -> i32 {
        1
    }

    fn tables_sql(&self) -> &'static str {
        include_str!("tables.sql")
    }

    async fn make_indexes(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        for space in client.query("SELECT id, dimension FROM space ORDER BY id", &[]).await? {
            let (id, dimension) = (space.get(0), space.get(1));
            let build = Build { client, place: Place::Candidate, id, dimension, bounds: Bounds::default() };
            build.run().await?;
        }
        Ok(())
    }

    fn tables(&self) -> &'static [&'static str] {
        &["space", "serving", "vector"]
    }

    fn concerns(&self, recorded: &Recorded) -> bool {
        matches!(
            recorded.event,
            AnyEvent::Embedding(_)
                | AnyEvent::Asset(AssetEvent::Deleted(_))
                | AnyEvent::System(SystemEvent::SearchModelSwitched(_))
                | AnyEvent::User(UserEvent::Removed(_))
                | AnyEvent::Erasure(_)
        )
    }

    async fn apply(&self, writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let mut changes = Changes::load(writer).await?;
        for recorded in events {
            changes.apply(writer, recorded).await?;
        }
        changes.save(writer).await?;
        Ok(())
    }
}

/// What a batch does, in its order: what goes was there before it, or leaves it.
struct Changes {
    spaces: HashMap<String, SpaceRow>,
    /// By asset and space.
    made: BTreeMap<(Uuid, i32), VectorRow>,
    gone_assets: Vec<Uuid>,
    gone_owners: Vec<Uuid>,
    serving: Option<(Uuid, String)>,
}

impl Changes {
    async fn load(writer: &mut Writer<'_>) -> Result<Self, tokio_postgres::Error> {
        let sql = format!("SELECT {} FROM space", SpaceRow::column_list(""));
        let rows = writer.query(&sql, &[]).await?;
        let spaces = rows.iter().map(SpaceRow::from_row).map(|space| (space.model.clone(), space)).collect();
        Ok(Self { spaces, made: BTreeMap::new(), gone_assets: Vec::new(), gone_owners: Vec::new(), serving: None })
    }

    async fn apply(&mut self, writer: &mut Writer<'_>, recorded: &Recorded) -> Result<(), tokio_postgres::Error> {
        let id = recorded.stream.id;
        match &recorded.event {
            AnyEvent::Embedding(EmbeddingEvent::Made(made)) => self.take(writer, made).await?,
            AnyEvent::Asset(_) => self.forget_asset(id),
            AnyEvent::System(SystemEvent::SearchModelSwitched(switched)) => {
                self.serving = Some((id, switched.model.clone().storable()));
            }
            _ => {
                if let Some(owner) = gone_user(recorded) {
                    self.made.retain(|_, row| row.owner_id != owner);
                    self.gone_owners.push(owner);
                } else {
                    self.forget_asset(id);
                }
            }
        }
        Ok(())
    }

    /// The space is made even of a vector that was erased since: a rebuild counts them as they came.
    async fn take(&mut self, writer: &mut Writer<'_>, made: &EmbeddingMade) -> Result<(), tokio_postgres::Error> {
        let space = self.space(writer, made).await?;
        let values = made.vector.known().and_then(|stored| vector::decode(stored));
        let key = (made.asset, space.id);
        // A model whose vectors have become longer or shorter is another one under the same name.
        if let Some(values) = values.filter(|_| space.dimension == made.dimension) {
            let (asset_id, space_id) = key;
            let embedding = HalfVector::from(values);
            self.made.insert(key, VectorRow { asset_id, space_id, owner_id: made.owner, embedding });
        }
        Ok(())
    }

    async fn space(
        &mut self,
        writer: &mut Writer<'_>,
        made: &EmbeddingMade,
    ) -> Result<SpaceRow, tokio_postgres::Error> {
        let model = made.model.clone().storable();
        if let Some(space) = self.spaces.get(&model) {
            return Ok(space.clone());
        }
        let number = self.spaces.len() + 1;
        let id = i32::try_from(number).unwrap_or(i32::MAX);
        let space = SpaceRow { id, model: model.clone(), dimension: made.dimension };
        writer.save(&[&space]).await?;
        writer.execute(&format!("CREATE TABLE vector_{id} PARTITION OF vector FOR VALUES IN ({id})"), &[]).await?;
        // A page holds the vectors of every model; elsewhere they would be fetched one by one.
        writer.execute(&format!("ALTER TABLE vector_{id} ALTER COLUMN embedding SET STORAGE PLAIN"), &[]).await?;
        self.spaces.insert(model, space.clone());
        Ok(space)
    }

    fn forget_asset(&mut self, asset: Uuid) {
        self.made.retain(|(of, _), _| *of != asset);
        self.gone_assets.push(asset);
    }

    async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        if !self.gone_assets.is_empty() {
            writer.execute("DELETE FROM vector WHERE asset_id = ANY($1)", &[&self.gone_assets]).await?;
        }
        if !self.gone_owners.is_empty() {
            writer.execute("DELETE FROM vector WHERE owner_id = ANY($1)", &[&self.gone_owners]).await?;
        }
        writer.save(&self.made.values().collect::<Vec<_>>()).await?;
        if let Some((id, model)) = &self.serving {
            let sql = "INSERT INTO serving (id, model) VALUES ($1, $2)
                       ON CONFLICT (id) DO UPDATE SET model = excluded.model";
            writer.execute(sql, &[id, model]).await?;
        }
        Ok(())
    }
}
