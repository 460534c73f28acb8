//! What of the configuration has an effect, in types.

use std::{fmt, time::Duration};

use serde::Deserialize;
use serde_json::Value;

use super::release::ReleaseChannel;
use crate::processing::Job;

/// Where links lead while nobody has said where the server is reached: to a page that knows what is at hand.
const DEFAULT_BASE_URL: &str = "https://my.immich.app";

/// The settings in force. What is not in here is kept for what will need it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// How small pictures are made.
    pub image: ImageSettings,
    /// How much is done at once.
    pub job: JobSettings,
    /// The map.
    pub map: MapSettings,
    /// What is taken over from files.
    pub metadata: MetadataSettings,
    /// What is logged.
    pub logging: LoggingSettings,
    /// Newer versions of the API.
    pub new_version_check: NewVersionSettings,
    /// What happens at night.
    pub nightly_tasks: NightlySettings,
    /// E-mail.
    pub notifications: NotificationSettings,
    /// Log-in by others' accounts.
    pub oauth: OAuthSettings,
    /// Log-in by password.
    pub password_login: Switch,
    /// Names of places.
    pub reverse_geocoding: Switch,
    /// What the server says of itself.
    pub server: ServerSettings,
    /// Texts in place of our own.
    pub templates: TemplateSettings,
    /// How the web app looks.
    pub theme: ThemeSettings,
    /// What is deleted.
    pub trash: TrashSettings,
    /// Who is deleted.
    pub user: UserSettings,
    /// Models.
    pub machine_learning: MachineLearningSettings,
}

/// Something that is on or off.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub struct Switch {
    /// Whether it is on.
    pub enabled: bool,
}

/// How small pictures are made.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct ImageSettings {
    /// For the grid.
    pub thumbnail: PictureSettings,
    /// For a screen.
    pub preview: PictureSettings,
    /// In full size.
    pub fullsize: FullsizeSettings,
    /// `srgb` or `p3`.
    pub colorspace: String,
}

/// How one kind of picture is made.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct PictureSettings {
    /// `jpeg` or `webp`.
    pub format: String,
    /// Length of the shorter side in pixels.
    pub size: i64,
    /// 1 to 100.
    pub quality: i64,
    /// JPEG only: a rough picture comes first.
    #[serde(default)]
    pub progressive: bool,
}

/// How the full-size picture is made.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct FullsizeSettings {
    /// Also for files that don't need one for being shown.
    pub enabled: bool,
    /// `jpeg` or `webp`.
    pub format: String,
    /// 1 to 100.
    pub quality: i64,
    /// JPEG only: a rough picture comes first.
    #[serde(default)]
    pub progressive: bool,
}

/// How much is done at once, in each process that works.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct JobSettings {
    /// What is done in the background.
    pub background_task: Concurrency,
    /// Files beside originals.
    pub sidecar: Concurrency,
    /// Reading files.
    pub metadata_extraction: Concurrency,
    /// Making small pictures.
    pub thumbnail_generation: Concurrency,
    /// Making vectors to search by.
    pub smart_search: Concurrency,
    /// Finding faces.
    pub face_detection: Concurrency,
    /// Reading text in pictures.
    pub ocr: Concurrency,
    /// Writing e-mails.
    pub notifications: Concurrency,
}

/// How many of one kind at once.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub struct Concurrency {
    /// From 1.
    pub concurrency: i64,
}

/// The map.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct MapSettings {
    /// Whether there is one.
    pub enabled: bool,
    /// By day.
    pub light_style: String,
    /// By night.
    pub dark_style: String,
}

/// What is taken over from files.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub struct MetadataSettings {
    /// Faces that other programs have marked.
    pub faces: FacesSettings,
}

/// Faces that other programs have marked.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub struct FacesSettings {
    /// Whether they are taken over.
    pub import: bool,
}

/// Newer versions of the API.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub struct NewVersionSettings {
    /// Whether they are looked for.
    pub enabled: bool,
    /// Which.
    pub channel: ReleaseChannel,
}

/// What happens at night.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct NightlySettings {
    /// `HH:MM`, by the server's clock.
    pub start_time: String,
    /// What nobody needs any more goes.
    pub database_cleanup: bool,
    /// Memories of the days around are made.
    pub generate_memories: bool,
    /// What users occupy is counted again.
    pub sync_quota_usage: bool,
    /// Small pictures that are missing are made.
    pub missing_thumbnails: bool,
    /// Faces that nobody was found for are looked at again.
    pub cluster_new_faces: bool,
}

/// What is logged.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct LoggingSettings {
    /// Whether anything is.
    pub enabled: bool,
    /// `verbose`, `debug`, `log`, `warn`, `error` or `fatal`: that and what matters more.
    pub level: String,
}

/// E-mail.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct NotificationSettings {
    /// How it is sent.
    pub smtp: SmtpSettings,
}

/// How e-mail is sent.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct SmtpSettings {
    /// Whether it is sent at all.
    pub enabled: bool,
    /// From whom.
    pub from: String,
    /// To whom answers go; empty for the same.
    pub reply_to: String,
    /// The server that takes it.
    pub transport: SmtpTransport,
}

/// A mail server.
#[derive(Clone, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct SmtpTransport {
    /// Whether any certificate of it will do.
    pub ignore_cert: bool,
    /// Its name or address.
    pub host: String,
    /// Where it listens.
    pub port: u16,
    /// Whether the connection is encrypted from the start; else as soon as the server offers to.
    pub secure: bool,
    /// Who logs in there; empty, with the password, for nobody.
    pub username: String,
    /// By which password.
    pub password: String,
}

/// Without the password, which has no place in what is logged.
impl fmt::Debug for SmtpTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, username, .. } = self;
        let mut shown = formatter.debug_struct("SmtpTransport");
        shown.field("host", host).field("port", port).field("username", username).finish_non_exhaustive()
    }
}

/// Texts in place of our own.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct TemplateSettings {
    /// Of e-mails.
    pub email: EmailTemplates,
}

/// HTML of e-mails in which `{words}` stand for values; empty for our own.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct EmailTemplates {
    /// To new users.
    pub welcome_template: String,
    /// To new members of an album.
    pub album_invite_template: String,
    /// About what came into an album.
    pub album_update_template: String,
}

/// Log-in by others' accounts.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct OAuthSettings {
    /// Where people manage their accounts there, if that was set.
    pub account_management_url: String,
    /// On the button.
    pub button_text: String,
}

/// What the server says of itself.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ServerSettings {
    /// Where people reach it, if that was set.
    pub external_domain: String,
    /// Shown on the page for logging in.
    pub login_page_message: String,
    /// Whether users see each other.
    pub public_users: bool,
}

/// How the web app looks.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ThemeSettings {
    /// A style sheet.
    pub custom_css: String,
}

/// What is deleted.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub struct TrashSettings {
    /// Whether it goes to the trash first.
    pub enabled: bool,
    /// Days until the trash gives it up.
    pub days: i64,
}

/// Who is deleted.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct UserSettings {
    /// Days until they are removed for good.
    pub delete_delay: i64,
}

/// Models.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct MachineLearningSettings {
    /// Whether anything is recognised at all.
    pub enabled: bool,
    /// Where models are served, in the order in which they are tried.
    pub urls: Vec<String>,
    /// How it is found out which of them are there.
    pub availability_checks: AvailabilitySettings,
    /// Searching by words.
    pub clip: ModelSettings,
    /// The same picture twice.
    pub duplicate_detection: DuplicateSettings,
    /// Recognising people.
    pub facial_recognition: FacialRecognitionSettings,
    /// Text in pictures.
    pub ocr: TextSettings,
}

/// How it is found out which services of models are there.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub struct AvailabilitySettings {
    /// Whether it is; else all are taken to be there.
    pub enabled: bool,
    /// Milliseconds that an answer may take.
    pub timeout: i64,
    /// Milliseconds between looks.
    pub interval: i64,
}

/// Something that a model does.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ModelSettings {
    /// Whether it is done.
    pub enabled: bool,
    /// By which model.
    pub model_name: String,
}

/// Looking for the same picture.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct DuplicateSettings {
    /// Whether it is done.
    pub enabled: bool,
    /// The cosine distance of two vectors up to which pictures are the same.
    pub max_distance: f64,
}

/// Reading text.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct TextSettings {
    /// Whether it is done.
    pub enabled: bool,
    /// By which model.
    pub model_name: String,
    /// How sure it has to be that something is text, from 0 to 1.
    pub min_detection_score: f64,
    /// How sure it has to be of what is written, from 0 to 1.
    pub min_recognition_score: f64,
    /// Longer shorter sides of pictures are shrunk to this, in pixels.
    pub max_resolution: i64,
}

/// Recognising people.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct FacialRecognitionSettings {
    /// Whether it is done.
    pub enabled: bool,
    /// By which model.
    pub model_name: String,
    /// How sure it has to be of a face, from 0 to 1.
    pub min_score: f64,
    /// The cosine distance of two vectors up to which faces are of one person.
    pub max_distance: f32,
    /// Faces that make a person.
    pub min_faces: i64,
}

impl Settings {
    /// The settings of a whole configuration; none when it does not have the shape of this release.
    #[must_use]
    pub fn of(whole: &Value) -> Option<Self> {
        Self::deserialize(whole).ok()
    }
}

impl NightlySettings {
    /// The time of day as hour and minute.
    #[must_use]
    pub fn start(&self) -> (u32, u32) {
        let parsed = self.start_time.split_once(':').and_then(|(h, m)| Some((h.parse().ok()?, m.parse().ok()?)));
        parsed.unwrap_or((0, 0))
    }
}

impl AvailabilitySettings {
    /// How long an answer may take; less than nothing is nothing.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.timeout).unwrap_or(0))
    }

    /// The time between looks; less than nothing is nothing.
    #[must_use]
    pub fn interval(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.interval).unwrap_or(0))
    }
}

impl MachineLearningSettings {
    /// Whether pictures can be searched by words.
    #[must_use]
    pub const fn searches(&self) -> bool {
        self.enabled && self.clip.enabled
    }

    /// Whether faces are found.
    #[must_use]
    pub const fn finds_faces(&self) -> bool {
        self.enabled && self.facial_recognition.enabled
    }

    /// Whether text is read.
    #[must_use]
    pub const fn reads_text(&self) -> bool {
        self.enabled && self.ocr.enabled
    }

    /// Whether the same picture is looked for: vectors tell.
    #[must_use]
    pub const fn finds_duplicates(&self) -> bool {
        self.searches() && self.duplicate_detection.enabled
    }

    /// Whether a job is done at all: recognition can be switched off, everything else cannot.
    #[must_use]
    pub const fn does(&self, job: Job) -> bool {
        match job {
            Job::Embedding => self.searches(),
            Job::FaceDetection | Job::FaceClustering | Job::FaceRegrouping => self.finds_faces(),
            Job::TextRecognition => self.reads_text(),
            Job::DuplicateDetection => self.finds_duplicates(),
            Job::Metadata
            | Job::Previews
            | Job::Deletion
            | Job::Sidecar
            | Job::PersonThumbnail
            | Job::AlbumInvitation
            | Job::AlbumNews => true,
        }
    }
}

impl ServerSettings {
    /// Where links lead.
    #[must_use]
    pub fn base_url(&self) -> &str {
        if self.external_domain.is_empty() { DEFAULT_BASE_URL } else { &self.external_domain }
    }
}

impl TrashSettings {
    /// Days that a trashed asset is kept: none where there is no trash.
    #[must_use]
    pub const fn kept_days(&self) -> i64 {
        if self.enabled { self.days } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::defaults;
    use super::*;

    #[test]
    fn the_defaults_have_the_shape() {
        let settings = Settings::of(&defaults()).expect("they fit");
        assert_eq!(settings.trash.kept_days(), 30);
        assert_eq!(settings.nightly_tasks.start(), (0, 0));
        let looked_for = NewVersionSettings { enabled: true, channel: ReleaseChannel::Stable };
        assert_eq!(settings.new_version_check, looked_for);
        assert_eq!((settings.image.thumbnail.size, settings.job.metadata_extraction.concurrency), (250, 5));
        assert_eq!((settings.notifications.smtp.transport.port, settings.notifications.smtp.enabled), (587, false));
        assert_eq!((settings.server.base_url(), settings.templates), (DEFAULT_BASE_URL, TemplateSettings::default()));
        let recognised = &settings.machine_learning;
        assert!(recognised.finds_duplicates() && recognised.finds_faces() && recognised.reads_text());
    }

    #[test]
    fn what_is_switched_off_is_not_done() {
        let all = Settings::of(&defaults()).expect("they fit").machine_learning;
        let left = |settings: &MachineLearningSettings| Job::ALL.into_iter().filter(|job| settings.does(*job)).count();
        assert_eq!(left(&all), Job::ALL.len());
        // Without machine learning only what needs none of it is done.
        assert_eq!(left(&MachineLearningSettings { enabled: false, ..all.clone() }), 7);
        let mut settings = all.clone();
        settings.clip.enabled = false;
        assert!(!settings.does(Job::Embedding) && !settings.does(Job::DuplicateDetection));
        let mut settings = all.clone();
        settings.facial_recognition.enabled = false;
        assert!(!settings.does(Job::FaceDetection) && !settings.does(Job::FaceClustering));
        let mut settings = all;
        settings.ocr.enabled = false;
        assert!(!settings.does(Job::TextRecognition) && settings.does(Job::Embedding));
    }

    #[test]
    fn without_a_trash_nothing_is_kept() {
        assert_eq!(TrashSettings { enabled: false, days: 30 }.kept_days(), 0);
    }
}
