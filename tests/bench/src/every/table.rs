//! How each operation is asked: what clients send, about one thing after the other.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{document::Operation, world::World};
use crate::{api::TIMELINE, http::Request};

/// Results of a search, as the web app asks.
const SEARCH_SIZE: usize = 100;
/// Names of people are looked for by their first letters.
const NAMES: [&str; 4] = ["ada", "brau", "Chloe", "fuji"];
/// Parts of names of places.
const PLACES: [&str; 4] = ["Berlin", "Denv", "Lisbon", "kyo"];
/// Ids of one list that are drawn from.
const MOST_IDS: usize = 5_000;

/// How long an operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// Streams and files begin to come.
    FirstByte,
    /// Everything else is there.
    Whole,
}

/// One way of asking an operation.
pub(super) struct Question {
    /// What tells it from other ways; empty for the only one.
    note: &'static str,
    pub(super) until: Until,
    /// In turn.
    requests: Vec<Request>,
}

impl Question {
    /// As it stands in the report.
    pub(super) fn name(&self, operation: &Operation) -> String {
        let Operation { method, path, .. } = operation;
        if self.note.is_empty() { format!("{method} {path}") } else { format!("{method} {path}, {}", self.note) }
    }

    /// The request of that number.
    pub(super) fn request(&self, number: usize) -> Request {
        self.requests[number % self.requests.len()].clone()
    }

    fn noted(self, note: &'static str) -> Self {
        Self { note, ..self }
    }

    fn until_the_first_byte(self) -> Self {
        Self { until: Until::FirstByte, ..self }
    }
}

impl World {
    fn ask(&self, paths: impl IntoIterator<Item = String>) -> Question {
        let requests = paths.into_iter().take(MOST_IDS).map(|path| self.session.get(format!("/api{path}")));
        Question { note: "", until: Until::Whole, requests: requests.collect() }
    }

    fn one(&self, path: &str) -> Question {
        self.ask([path.to_owned()])
    }

    /// `{}` in the path stands for each of the ids.
    fn each(&self, path: &str, ids: &[Uuid]) -> Question {
        self.ask(ids.iter().map(|id| path.replace("{}", &id.to_string())))
    }

    fn post(&self, path: &str, bodies: impl IntoIterator<Item = Value>) -> Question {
        let requests = bodies.into_iter().map(|body| self.session.post(&format!("/api{path}"), &body));
        Question { note: "", until: Until::Whole, requests: requests.collect() }
    }

    /// Without a session: a link's key says enough.
    fn by_link(&self, path: &str) -> Question {
        let requests = self.link_keys.iter().map(|key| Request::get(format!("/api{}", path.replace("{}", key))));
        Question { note: "by link", until: Until::Whole, requests: requests.collect() }
    }
}

/// All ways of asking an operation; none when nobody has said any.
pub(super) fn questions(world: &World, operation: &str) -> Option<Vec<Question>> {
    let groups = [assets, timeline, albums, people, search, labels, users, server];
    let found = groups.iter().find_map(|group| group(world, operation))?;
    // What the library has none of cannot be asked about.
    Some(found.into_iter().filter(|question| !question.requests.is_empty()).collect())
}

fn assets(world: &World, operation: &str) -> Option<Vec<Question>> {
    let World { assets, .. } = world;
    Some(match operation {
        "getAssetInfo" => vec![world.each("/assets/{}", assets)],
        "getAssetMetadata" => vec![world.each("/assets/{}/metadata", assets)],
        "getAssetMetadataByKey" => vec![world.each("/assets/{}/metadata/mobile-app", &world.valued)],
        "getAssetOcr" => vec![world.each("/assets/{}/ocr", assets)],
        "getAssetStatistics" => vec![
            world.one("/assets/statistics"),
            world.one("/assets/statistics?visibility=archive").noted("archive"),
            world.one("/assets/statistics?isTrashed=true").noted("trash"),
            world.one("/assets/statistics?isFavorite=true").noted("favourites"),
        ],
        "viewAsset" => vec![
            world.each("/assets/{}/thumbnail?size=thumbnail", assets).until_the_first_byte(),
            world.each("/assets/{}/thumbnail?size=preview", assets).noted("preview").until_the_first_byte(),
        ],
        "searchAssetFiles" => vec![world.each("/asset-files?assetId={}", assets)],
        "getAssetFile" => vec![world.each("/asset-files/{}", &world.files)],
        "downloadAssetFile" => vec![world.each("/asset-files/{}/download", &world.files).until_the_first_byte()],
        "downloadAsset" => vec![world.each("/assets/{}/original", &world.originals).until_the_first_byte()],
        "playAssetVideo" => vec![world.each("/assets/{}/video/playback", &world.videos).until_the_first_byte()],
        "getAssetsByOriginalPath" => {
            vec![world.ask(world.folders.iter().map(|folder| format!("/view/folder?path={folder}")))]
        }
        "getUniqueOriginalPaths" => vec![world.one("/view/folder/unique-paths")],
        "getAssetDuplicates" => vec![world.one("/duplicates")],
        "getMapMarkers" => vec![
            world.one("/map/markers?withPartners=true&withSharedAlbums=true"),
            world.one("/map/markers?isArchived=true&withPartners=false&withSharedAlbums=false").noted("own, archive"),
            world.one("/map/markers?isFavorite=true").noted("favourites"),
        ],
        "reverseGeocode" => vec![world.ask((0..90).map(|lat| format!("/map/reverse-geocode?lat={lat}&lon=13.4")))],
        "getHistory" => vec![
            world.one("/history"),
            world.each("/history?id={}", assets).noted("an asset"),
            world.one("/history?kind=album").noted("albums"),
            world.each("/history?actorId={}", &[world.me]).noted("a user"),
        ],
        _ => return None,
    })
}

fn timeline(world: &World, operation: &str) -> Option<Vec<Question>> {
    let whole = ["visibility=archive", "isFavorite=true&visibility=timeline", "isTrashed=true"];
    let month = |what: &str| {
        let first = world.months.iter().map(|month| &month.time_bucket);
        world.ask(first.map(|month| format!("/timeline/bucket?timeBucket={month}&{what}")))
    };
    let buckets = |what: &str| world.one(&format!("/timeline/buckets?{what}"));
    let within = |name: &str, path: fn(&super::world::Within) -> String| {
        world.ask(world.within.iter().filter(|within| within.what.contains(name)).map(path))
    };
    let names = [("albumId", "an album"), ("personId", "a person"), ("tagId", "a tag"), ("userId", "a partner")];
    let notes = ["archive", "favourites", "trash"];
    Some(match operation {
        "getTimeBuckets" => {
            let mut all = vec![buckets(TIMELINE)];
            all.extend(whole.iter().zip(notes).map(|(what, note)| buckets(what).noted(note)));
            all.extend(
                names.map(|(name, note)| {
                    within(name, |within| format!("/timeline/buckets?{}", within.what)).noted(note)
                }),
            );
            all.push(buckets("bbox=13,52,14,53&visibility=timeline").noted("a box on the map"));
            all
        }
        "getTimeBucket" => {
            let paths = world.buckets().into_iter().map(|path| path.replace("/api", ""));
            let mut all = vec![world.ask(paths)];
            all.extend(whole.iter().zip(notes).map(|(what, note)| month(what).noted(note)));
            all.extend(names.map(|(name, note)| {
                let path = |within: &super::world::Within| {
                    format!("/timeline/bucket?timeBucket={}&{}", within.month, within.what)
                };
                within(name, path).noted(note)
            }));
            all
        }
        _ => return None,
    })
}

fn albums(world: &World, operation: &str) -> Option<Vec<Question>> {
    let World { albums, .. } = world;
    Some(match operation {
        "getAllAlbums" => vec![
            world.one("/albums"),
            world.one("/albums?isShared=true").noted("shared"),
            world.one("/albums?isOwned=true").noted("owned"),
            world.each("/albums?assetId={}", &world.assets).noted("of an asset"),
        ],
        "getAlbumStatistics" => vec![world.one("/albums/statistics")],
        "getAlbumInfo" => vec![world.each("/albums/{}", albums)],
        "getAlbumMapMarkers" => vec![world.each("/albums/{}/map-markers", albums)],
        "getActivities" => vec![world.each("/activities?albumId={}", albums)],
        "getActivityStatistics" => vec![world.each("/activities/statistics?albumId={}", albums)],
        "getAllSharedLinks" => {
            vec![world.one("/shared-links"), world.each("/shared-links?albumId={}", albums).noted("of an album")]
        }
        "getSharedLinkById" => vec![world.each("/shared-links/{}", &world.links)],
        "getMySharedLink" => vec![world.by_link("/shared-links/me?key={}")],
        "getPartners" => vec![
            world.one("/partners?direction=shared-by"),
            world.one("/partners?direction=shared-with").noted("with me"),
        ],
        _ => return None,
    })
}

fn people(world: &World, operation: &str) -> Option<Vec<Question>> {
    let World { persons, .. } = world;
    Some(match operation {
        "getAllPeople" => vec![
            world.one("/people?withHidden=false"),
            world.one("/people?withHidden=true&size=500").noted("hidden too"),
            world.one("/people?withHidden=true&page=5&size=500").noted("page 5"),
        ],
        "getPerson" => vec![world.each("/people/{}", persons)],
        "getPersonStatistics" => vec![world.each("/people/{}/statistics", persons)],
        "getPersonThumbnail" => vec![world.each("/people/{}/thumbnail", persons).until_the_first_byte()],
        "getFaces" => vec![world.each("/faces?id={}", &world.assets)],
        _ => return None,
    })
}

fn search(world: &World, operation: &str) -> Option<Vec<Question>> {
    let World { persons, tags, albums, .. } = world;
    let paged = |mut body: Value| {
        body["page"] = json!(1);
        body["size"] = json!(SEARCH_SIZE);
        body["withExif"] = json!(true);
        body
    };
    let metadata = |bodies: Vec<Value>| world.post("/search/metadata", bodies.into_iter().map(paged));
    let each = |name: &str, ids: &[Uuid]| ids.iter().map(|id| json!({ name: [id] })).collect::<Vec<_>>();
    let names = |field: &str| (0..100).map(|day| json!({ field: format!("{:02}_12", day % 28) })).collect::<Vec<_>>();
    Some(match operation {
        "searchAssets" => vec![
            metadata(vec![json!({})]),
            metadata(vec![json!({ "visibility": "archive" })]).noted("archive"),
            metadata(vec![json!({ "city": "Berlin 7" }), json!({ "city": "Kyoto 11" })]).noted("a city"),
            metadata(vec![json!({ "make": "Canon", "model": "Canon EOS R6" })]).noted("a camera"),
            metadata(names("originalFileName")).noted("part of a name"),
            metadata(vec![json!({ "originalFileName": "g_" })]).noted("two letters of a name"),
            metadata(vec![json!({ "originalFileName": "qz" })]).noted("two letters of no name"),
            metadata(vec![json!({ "description": "garden behind" })]).noted("a description"),
            metadata(vec![json!({ "description": "day 4711" })]).noted("one description"),
            metadata(vec![json!({ "originalPath": "/a1/b" }), json!({ "originalPath": "upload" })])
                .noted("part of a path"),
            metadata(vec![json!({ "originalPath": "no such folder" })]).noted("part of no path"),
            metadata(each("personIds", persons)).noted("a person"),
            metadata(each("tagIds", tags)).noted("a tag"),
            metadata(each("albumIds", albums)).noted("an album"),
            metadata(vec![json!({ "isNotInAlbum": true })]).noted("in no album"),
            metadata(vec![json!({ "rating": 4 })]).noted("a rating"),
            metadata(vec![json!({ "rating": 1 })]).noted("no such rating"),
            metadata(vec![json!({ "isFavorite": true })]).noted("favourites"),
            metadata(vec![json!({ "type": "VIDEO" })]).noted("videos"),
            metadata(vec![
                json!({ "takenAfter": "2015-03-01T00:00:00.000Z", "takenBefore": "2015-09-01T00:00:00.000Z" }),
            ])
            .noted("half a year"),
            metadata(vec![json!({ "orderBy": "fileSizeInByte" })]).noted("by size"),
            metadata(vec![json!({ "orderBy": "originalFileName" })]).noted("by name"),
            metadata(vec![json!({ "withDeleted": true })]).noted("trash too"),
        ],
        // Without a model there is nothing that answers; `albumen-bench vectors` measures it.
        "searchSmart" => Vec::new(),
        "searchRandom" => vec![world.post("/search/random", [json!({ "size": SEARCH_SIZE })])],
        "searchLargeAssets" => vec![
            world.post("/search/large-assets", [json!({})]),
            world.post("/search/large-assets?minFileSize=33554432", [json!({})]).noted("over 32 MiB"),
        ],
        "searchAssetStatistics" => vec![
            world.post("/search/statistics", [json!({})]),
            world.post("/search/statistics", [json!({ "city": "Berlin 7" })]).noted("a city"),
            world.post("/search/statistics", [json!({ "make": "Canon" })]).noted("a camera"),
        ],
        "searchPerson" => vec![world.ask(NAMES.map(|name| format!("/search/person?name={name}")))],
        "searchPlaces" => vec![world.ask(PLACES.map(|name| format!("/search/places?name={name}")))],
        "getExploreData" => vec![world.one("/search/explore")],
        "getAssetsByCity" => vec![world.one("/search/cities")],
        "getSearchSuggestions" => {
            let kinds =
                ["country", "state", "city&country=Germany", "camera-make", "camera-model", "camera-lens-model"];
            vec![world.ask(kinds.map(|kind| format!("/search/suggestions?type={kind}&includeNull=true")))]
        }
        _ => return None,
    })
}

fn labels(world: &World, operation: &str) -> Option<Vec<Question>> {
    let today = world.today;
    Some(match operation {
        "getAllTags" => vec![world.one("/tags")],
        "getTagById" => vec![world.each("/tags/{}", &world.tags)],
        "searchStacks" => {
            vec![world.one("/stacks"), world.each("/stacks?primaryAssetId={}", &world.assets).noted("of an asset")]
        }
        "getStack" => vec![world.each("/stacks/{}", &world.stacks)],
        "searchMemories" => vec![
            world.one(&format!("/memories?for={today}")).noted("of today"),
            world.one("/memories").noted("all"),
            world.one("/memories?isSaved=true").noted("kept"),
        ],
        "memoriesStatistics" => vec![world.one("/memories/statistics")],
        "getMemory" => vec![world.each("/memories/{}", &world.memories)],
        "getNotifications" => {
            vec![world.one("/notifications?unread=true").noted("unread"), world.one("/notifications").noted("all")]
        }
        "getNotification" => vec![world.each("/notifications/{}", &world.notifications)],
        "getAllLibraries" => vec![world.one("/libraries")],
        "getLibrary" => vec![world.each("/libraries/{}", &world.libraries)],
        "getLibraryStatistics" => vec![world.each("/libraries/{}/statistics", &world.libraries)],
        _ => return None,
    })
}

fn users(world: &World, operation: &str) -> Option<Vec<Question>> {
    let (World { users, .. }, year) = (world, "from=2015-01-01&to=2015-12-31");
    let by_key = |path: &str| {
        let request = Request::get(format!("/api{path}")).with_header("x-api-key", &world.secret);
        Question { note: "", until: Until::Whole, requests: vec![request] }
    };
    Some(match operation {
        "searchUsers" => vec![world.one("/users")],
        "getMyUser" => vec![world.one("/users/me")],
        "getUser" => vec![world.each("/users/{}", users)],
        // Nobody has one: the answer is the same for all.
        "getProfileImage" => Vec::new(),
        "getMyPreferences" => vec![world.one("/users/me/preferences")],
        "getUserLicense" => Vec::new(),
        "getUserOnboarding" => vec![world.one("/users/me/onboarding")],
        "getMyCalendarHeatmap" => vec![
            world.one(&format!("/users/me/calendar-heatmap?{year}&type=Taken")).noted("taken"),
            world.one("/users/me/calendar-heatmap?type=Upload").noted("uploaded"),
        ],
        "searchUsersAdmin" => vec![world.one("/admin/users?withDeleted=true")],
        "getUserAdmin" => vec![world.each("/admin/users/{}", users)],
        "getUserPreferencesAdmin" => vec![world.each("/admin/users/{}/preferences", users)],
        "getUserSessionsAdmin" => vec![world.each("/admin/users/{}/sessions", users)],
        "getUserStatisticsAdmin" => vec![world.each("/admin/users/{}/statistics", users)],
        "getUserCalendarHeatmapAdmin" => {
            vec![world.each(&format!("/admin/users/{{}}/calendar-heatmap?{year}&type=Taken"), users)]
        }
        "getApiKeys" => vec![world.one("/api-keys")],
        "getApiKey" => vec![world.each("/api-keys/{}", &world.api_keys)],
        "getMyApiKey" => vec![by_key("/api-keys/me")],
        "getSessions" => vec![world.one("/sessions")],
        "getAuthStatus" => vec![world.one("/auth/status")],
        "getSyncAck" => vec![world.one("/sync/ack")],
        _ => return None,
    })
}

fn server(world: &World, operation: &str) -> Option<Vec<Question>> {
    let path = match operation {
        "getAboutInfo" => "/server/about",
        "getApkLinks" => "/server/apk-links",
        "getServerConfig" => "/server/config",
        "getServerFeatures" => "/server/features",
        "getSupportedMediaTypes" => "/server/media-types",
        "pingServer" => "/server/ping",
        "getServerStatistics" => "/server/statistics",
        "getStorage" => "/server/storage",
        "getServerVersion" => "/server/version",
        "getVersionCheck" => "/server/version-check",
        "getVersionHistory" => "/server/version-history",
        "getAdminConfig" => "/admin/config",
        "getAdminConfigDefaults" => "/admin/config/defaults",
        "getUserConfig" => "/config",
        "getUserConfigDefaults" => "/config/defaults",
        "getPublicConfig" => "/public/config",
        "getPublicConfigDefaults" => "/public/config/defaults",
        "getConfig" => "/system-config",
        "getConfigDefaults" => "/system-config/defaults",
        "getStorageTemplateOptions" => "/system-config/storage-template-options",
        "getAdminOnboarding" => "/system-metadata/admin-onboarding",
        "getReverseGeocodingState" => "/system-metadata/reverse-geocoding-state",
        "getVersionCheckState" => "/system-metadata/version-check-state",
        "getMaintenanceStatus" => "/admin/maintenance/status",
        "getStatus" => "/admin/status",
        "getReadModels" => "/admin/read-models",
        "getQueues" => "/queues",
        "getQueuesLegacy" => "/jobs",
        // Nobody entered a licence: then there is none to be told.
        "getServerLicense" => return Some(Vec::new()),
        "getQueue" => return Some(vec![world.ask(world.queues.iter().map(|name| format!("/queues/{name}")))]),
        "getQueueJobs" => {
            return Some(vec![world.ask(world.queues.iter().map(|name| format!("/queues/{name}/jobs")))]);
        }
        _ => return None,
    };
    Some(vec![world.one(path)])
}
