//! The few operations of the API that the measurements need.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Fault,
    http::{Base, Connection, Request},
};

/// What the web app sends with every question about the timeline.
pub(crate) const TIMELINE: &str = "withPartners=true&withStacked=true&visibility=timeline";
/// Outside of what is seeded, so that uploads do not fill the months that are measured.
const UPLOAD_TIME: &str = "2031-06-15T12:00:00.000Z";
/// Between the parts of an upload; no file holds it by chance.
const BOUNDARY: &str = "----albumen-bench-7f1c2b9d4e8a";
/// Between looks at an asset that is being worked on: rare enough to cost nothing beside the work.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// Work that stands still for so long will not be done.
const WORK_TIMEOUT: Duration = Duration::from_secs(600);

/// Who measures.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Credentials {
    /// E-mail address to log in with; on an empty server the administrator signs up with it
    #[arg(long, default_value = "bench@albumen.invalid")]
    email: String,
    /// Password to log in with
    #[arg(long, default_value = "measured twice, cut once")]
    password: String,
}

/// A user who is logged in.
#[derive(Clone)]
pub(crate) struct Session {
    authorization: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServerConfig {
    is_initialized: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Login {
    access_token: String,
}

#[derive(Deserialize)]
struct Uploaded {
    id: Uuid,
}

#[derive(Deserialize)]
struct Shown {
    thumbhash: Option<String>,
}

/// A month of the timeline, and how many assets it has.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Month {
    pub(crate) count: usize,
    pub(crate) time_bucket: String,
}

#[derive(Deserialize)]
struct Bucket {
    id: Vec<Uuid>,
    thumbhash: Vec<Option<String>>,
}

impl Session {
    /// Logs in; on an empty server it signs up first.
    pub(crate) async fn begin(base: &Base, credentials: &Credentials) -> Result<Self, Fault> {
        let mut connection = Connection::open(base).await?;
        let Credentials { email, password } = credentials;
        let config: ServerConfig = answer(&mut connection, &Request::get("/api/server/config")).await?;
        if !config.is_initialized {
            let sign_up = json!({ "email": email, "password": password, "name": "Bench" });
            connection.ask(&post_json("/api/auth/admin-sign-up", &sign_up)).await?;
        }
        let login = post_json("/api/auth/login", &json!({ "email": email, "password": password }));
        let login: Login = answer(&mut connection, &login).await?;
        Ok(Self { authorization: format!("Bearer {}", login.access_token) })
    }

    /// A question of this user.
    pub(crate) fn get(&self, path: impl Into<String>) -> Request {
        self.signed(Request::get(path))
    }

    /// JSON that this user sends.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Request {
        self.signed(post_json(path, body))
    }

    /// JSON that this user sends by another method.
    pub(crate) fn send(&self, method: &'static str, path: &str, body: &Value) -> Request {
        self.signed(Request::send(method, path, "application/json", body.to_string().into_bytes()))
    }

    /// What is answered to a question of this user.
    pub(crate) async fn answer<T: DeserializeOwned>(
        &self,
        connection: &mut Connection,
        path: impl Into<String>,
    ) -> Result<T, Fault> {
        answer(connection, &self.get(path)).await
    }

    /// An upload of a file that the server has not seen yet.
    pub(crate) fn upload(&self, photo: &Photo) -> Request {
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        self.signed(Request::post("/api/assets", &content_type, photo.form()))
    }

    fn signed(&self, request: Request) -> Request {
        request.with_header("authorization", &self.authorization)
    }

    /// The months of the timeline.
    pub(crate) async fn months(&self, connection: &mut Connection) -> Result<Vec<Month>, Fault> {
        answer(connection, &self.get(format!("/api/timeline/buckets?{TIMELINE}"))).await
    }

    /// The assets of a month whose small pictures are there.
    pub(crate) async fn finished_assets(&self, connection: &mut Connection, month: &Month) -> Result<Vec<Uuid>, Fault> {
        let bucket: Bucket = answer(connection, &self.get(bucket_path(month))).await?;
        let all = bucket.id.into_iter().zip(bucket.thumbhash);
        Ok(all.filter_map(|(id, thumbhash)| thumbhash.map(|_| id)).collect())
    }

    /// Waits until the metadata and the small pictures of all these assets are there.
    pub(crate) async fn wait_until_done(&self, connection: &mut Connection, assets: &[Uuid]) -> Result<(), Fault> {
        for asset in assets {
            let waiting_since = Instant::now();
            let look = self.get(format!("/api/assets/{asset}"));
            // The small pictures are made after the metadata was read.
            while answer::<Shown>(connection, &look).await?.thumbhash.is_none() {
                if waiting_since.elapsed() > WORK_TIMEOUT {
                    return Err(format!("asset {asset} has no thumbnail after {} s", WORK_TIMEOUT.as_secs()).into());
                }
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        }
        Ok(())
    }
}

/// Where a month's assets are asked for.
pub(crate) fn bucket_path(month: &Month) -> String {
    format!("/api/timeline/bucket?timeBucket={}&{TIMELINE}", month.time_bucket)
}

/// The id in the answer to an upload.
pub(crate) fn uploaded_id(body: &[u8]) -> Result<Uuid, Fault> {
    Ok(serde_json::from_slice::<Uploaded>(body)?.id)
}

fn post_json(path: &str, body: &Value) -> Request {
    Request::post(path, "application/json", body.to_string().into_bytes())
}

async fn answer<T: DeserializeOwned>(connection: &mut Connection, request: &Request) -> Result<T, Fault> {
    Ok(serde_json::from_slice(connection.ask(request).await?)?)
}

/// A photo of which any number of distinct files can be made.
#[derive(Clone)]
pub(crate) struct Photo {
    bytes: Vec<u8>,
}

impl Photo {
    /// Reads a JPEG.
    pub(crate) fn read(path: &Path) -> Result<Self, Fault> {
        let bytes = std::fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        Ok(Self { bytes })
    }

    /// A form with a file like no other: random bytes behind the end of the picture, which decoders do not look at.
    fn form(&self) -> Vec<u8> {
        let distinct = Uuid::new_v4();
        let mut form = Vec::with_capacity(self.bytes.len() + 1_024);
        for (name, value) in [("fileCreatedAt", UPLOAD_TIME), ("fileModifiedAt", UPLOAD_TIME), ("isFavorite", "false")]
        {
            let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            form.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"assetData\"; filename=\"bench-{distinct}.jpg\"\r\n\
             Content-Type: image/jpeg\r\n\r\n"
        );
        form.extend_from_slice(head.as_bytes());
        form.extend_from_slice(&self.bytes);
        form.extend_from_slice(distinct.as_bytes());
        form.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        form
    }
}
