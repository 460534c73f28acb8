//! What there is to ask about: ids, as clients get them.

use chrono::{NaiveDate, Utc};
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Fault,
    api::{Month, Session, bucket_path},
    http::{Base, Connection},
};

/// The order of ids is the same in every run.
const SHUFFLE_SEED: u64 = 2_283;
/// The newest months: the originals of their assets are there.
const MONTHS_WITH_ORIGINALS: usize = 2;
/// Albums, persons and tags whose months are asked for.
const SHOWN: usize = 60;
/// The newest films that are looked through for those with originals.
const VIDEOS: usize = 1_000;
/// Assets whose answers are asked for are of so many months.
const MONTHS: usize = 24;

/// A timeline within something: its parameters, and a month of it.
pub(super) struct Within {
    /// `albumId=…` and the like.
    pub(super) what: String,
    pub(super) month: String,
}

/// See the module's words.
pub(super) struct World {
    pub(super) session: Session,
    pub(super) me: Uuid,
    pub(super) today: NaiveDate,
    pub(super) months: Vec<Month>,
    pub(super) assets: Vec<Uuid>,
    pub(super) originals: Vec<Uuid>,
    pub(super) videos: Vec<Uuid>,
    /// Files of some of the originals' assets.
    pub(super) files: Vec<Uuid>,
    /// Those with a client's value.
    pub(super) valued: Vec<Uuid>,
    pub(super) folders: Vec<String>,
    pub(super) albums: Vec<Uuid>,
    pub(super) persons: Vec<Uuid>,
    pub(super) tags: Vec<Uuid>,
    pub(super) memories: Vec<Uuid>,
    pub(super) stacks: Vec<Uuid>,
    pub(super) users: Vec<Uuid>,
    pub(super) notifications: Vec<Uuid>,
    pub(super) libraries: Vec<Uuid>,
    pub(super) api_keys: Vec<Uuid>,
    pub(super) links: Vec<Uuid>,
    pub(super) link_keys: Vec<String>,
    pub(super) queues: Vec<String>,
    pub(super) within: Vec<Within>,
    /// A key of this session's user with every permission.
    pub(super) secret: String,
}

/// Asks for what there is.
struct Explorer<'a> {
    session: &'a Session,
    connection: Connection,
}

impl Explorer<'_> {
    async fn ask(&mut self, path: &str) -> Result<Value, Fault> {
        self.session.answer(&mut self.connection, format!("/api{path}")).await
    }

    /// The ids in a list, or in a list within the answer.
    async fn ids(&mut self, path: &str, list: &str) -> Result<Vec<Uuid>, Fault> {
        Ok(self.texts(path, list, "id").await?.iter().filter_map(|id| id.parse().ok()).collect())
    }

    async fn texts(&mut self, path: &str, list: &str, field: &str) -> Result<Vec<String>, Fault> {
        let answer = self.ask(path).await?;
        let items = answer.pointer(list).and_then(Value::as_array);
        let texts = items.into_iter().flatten().filter_map(|item| Some(item.get(field)?.as_str()?.to_owned()));
        let mut texts: Vec<String> = texts.collect();
        if texts.is_empty() {
            return Err(format!("{path} is empty: run `albumen-bench seed` first").into());
        }
        texts.shuffle(&mut StdRng::seed_from_u64(SHUFFLE_SEED));
        Ok(texts)
    }

    /// The user's own assets of some months, those that have their small pictures.
    async fn assets(&mut self, months: &[Month]) -> Result<Vec<Uuid>, Fault> {
        let mut assets: Vec<Uuid> = Vec::new();
        for month in months {
            let path = format!("/timeline/bucket?timeBucket={}&visibility=timeline", month.time_bucket);
            let mut bucket = self.ask(&path).await?;
            let ids: Vec<Uuid> = serde_json::from_value(bucket["id"].take())?;
            let hashes: Vec<Option<String>> = serde_json::from_value(bucket["thumbhash"].take())?;
            assets.extend(ids.into_iter().zip(hashes).filter(|(_, hash)| hash.is_some()).map(|(id, _)| id));
        }
        assets.shuffle(&mut StdRng::seed_from_u64(SHUFFLE_SEED));
        Ok(assets)
    }

    /// The first month of each of these timelines.
    async fn within(&mut self, name: &str, ids: &[Uuid]) -> Result<Vec<Within>, Fault> {
        let mut found = Vec::new();
        for id in ids.iter().take(SHOWN) {
            let what = format!("{name}={id}");
            let months = self.ask(&format!("/timeline/buckets?{what}")).await?;
            if let Some(month) = months[0]["timeBucket"].as_str() {
                found.push(Within { what, month: month.to_owned() });
            }
        }
        Ok(found)
    }

    /// The files of some assets.
    async fn files(&mut self, assets: &[Uuid]) -> Result<Vec<Uuid>, Fault> {
        let mut files = Vec::new();
        for asset in assets.iter().take(SHOWN) {
            files.extend(self.ids(&format!("/asset-files?assetId={asset}"), "").await?);
        }
        Ok(files)
    }

    async fn searched(&mut self, question: Value) -> Result<Vec<Uuid>, Fault> {
        let answer = self.connection.ask(&self.session.post("/api/search/metadata", &question)).await?;
        let answer: Value = serde_json::from_slice(answer)?;
        let items = answer.pointer("/assets/items").and_then(Value::as_array);
        Ok(items.into_iter().flatten().filter_map(|item| item["id"].as_str()?.parse().ok()).collect())
    }

    async fn new_secret(&mut self) -> Result<String, Fault> {
        let wanted = serde_json::json!({ "name": "every get", "permissions": ["all"] });
        let answer = self.connection.ask(&self.session.post("/api/api-keys", &wanted)).await?;
        let answer: Value = serde_json::from_slice(answer)?;
        Ok(answer["secret"].as_str().ok_or("a new key has no secret")?.to_owned())
    }

    /// A client's value on each of some assets.
    async fn give_values(&mut self, assets: &[Uuid]) -> Result<(), Fault> {
        for asset in assets {
            let path = format!("/api/assets/{asset}/metadata");
            let body = serde_json::json!({ "items": [{ "key": "mobile-app", "value": {} }] });
            self.connection.ask(&self.session.send("PUT", &path, &body)).await?;
        }
        Ok(())
    }
}

impl World {
    /// Looks around. It leaves a key and some clients' values behind.
    pub(super) async fn explore(base: &Base, session: Session) -> Result<Self, Fault> {
        let mut explorer = Explorer { session: &session, connection: Connection::open(base).await? };
        let me = explorer.ask("/users/me").await?;
        let me: Uuid = me["id"].as_str().ok_or("who am I?")?.parse()?;
        let mut months = session.months(&mut explorer.connection).await?;
        // Uploads of other measurements stand alone in a month.
        months.retain(|month| month.count > SHOWN);
        let assets = explorer.assets(&months[..months.len().min(MONTHS)]).await?;
        let mut originals = explorer.assets(&months[..months.len().min(MONTHS_WITH_ORIGINALS)]).await?;
        let mut videos = explorer.searched(serde_json::json!({ "type": "VIDEO", "size": VIDEOS })).await?;
        // Others are of earlier months, or a partner's.
        videos.retain(|id| originals.contains(id));
        if videos.is_empty() {
            return Err("no film of the newest months is among the newest films".into());
        }
        originals.retain(|id| !videos.contains(id));
        let files = explorer.files(&originals).await?;
        let valued: Vec<Uuid> = assets.iter().take(SHOWN).copied().collect();
        explorer.give_values(&valued).await?;
        let folders: Vec<String> = serde_json::from_value(explorer.ask("/view/folder/unique-paths").await?)?;
        let albums = explorer.ids("/albums", "").await?;
        let persons = explorer.ids("/people?size=500", "/people").await?;
        let tags = explorer.ids("/tags", "").await?;
        let partners = explorer.ids("/partners?direction=shared-with", "").await?;
        let mut within = explorer.within("albumId", &albums).await?;
        within.extend(explorer.within("personId", &persons).await?);
        within.extend(explorer.within("tagId", &tags).await?);
        within.extend(explorer.within("visibility=timeline&userId", &partners).await?);
        Ok(Self {
            me,
            today: Utc::now().date_naive(),
            months,
            assets,
            originals,
            videos,
            files,
            valued,
            folders,
            within,
            albums,
            persons,
            tags,
            memories: explorer.ids("/memories", "").await?,
            stacks: explorer.ids("/stacks", "").await?,
            users: explorer.ids("/users", "").await?,
            notifications: explorer.ids("/notifications", "").await?,
            libraries: explorer.ids("/libraries", "").await?,
            api_keys: explorer.ids("/api-keys", "").await?,
            links: explorer.ids("/shared-links", "").await?,
            link_keys: explorer.texts("/shared-links", "", "key").await?,
            queues: explorer.texts("/queues", "", "name").await?,
            secret: explorer.new_secret().await?,
            session,
        })
    }

    /// The path of a month's bucket in the timeline.
    pub(super) fn buckets(&self) -> Vec<String> {
        self.months.iter().map(bucket_path).collect()
    }
}
