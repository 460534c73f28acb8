//! The installation itself: which versions ran, its licence, its configuration, whether its
//! administrator is set up.
//!
//! There is one stream of this kind, [`SYSTEM_ID`].

pub mod config;
mod models;
pub mod release;
mod settings;
pub mod storage_template;

pub use config::ConfigChanged;
pub use models::{ModelsChosen, NO_MODEL, SearchModelSwitched};
pub use release::ReleaseFound;
pub use settings::{
    Concurrency, EmailTemplates, FullsizeSettings, ImageSettings, JobSettings, LoggingSettings,
    MachineLearningSettings, NewVersionSettings, NightlySettings, PictureSettings, Settings, SmtpSettings,
    SmtpTransport, TrashSettings,
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{Aggregate, StreamKind, Subject, event::events};

/// The id of the only stream of this kind.
pub const SYSTEM_ID: Uuid = Uuid::from_u128(0xa1b0_3e40_0000_4000_8000_0000_0000_0001);

events! {
    /// Everything that can have happened to the installation.
    pub enum SystemEvent {
        /// A version started for the first time here.
        VersionInstalled(VersionInstalled) = "version-installed" v 1,
        /// The administrator's first steps were done, or are to be done again.
        AdminOnboardingChanged(AdminOnboardingChanged) = "admin-onboarding-changed" v 1,
        /// A licence was entered.
        ServerLicensed(License) = "server-licensed" v 1,
        /// The licence was removed.
        ServerLicenseRemoved(ServerLicenseRemoved) = "server-license-removed" v 1,
        /// An administrator changed the configuration.
        ConfigChanged(ConfigChanged) = "system-config-changed" v 1,
        /// What is recognised in pictures, and by which models, is another matter from now on.
        ModelsChosen(ModelsChosen) = "models-chosen" v 1,
        /// Searches by words are answered by the vectors of another model.
        SearchModelSwitched(SearchModelSwitched) = "search-model-switched" v 1,
        /// The newest version of the API was looked up.
        ReleaseFound(ReleaseFound) = "release-found" v 1,
    }
}

/// See [`SystemEvent::VersionInstalled`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VersionInstalled {
    /// Identifies the entry of the version history.
    pub id: Uuid,
    /// For example `3.1.0`.
    pub version: String,
}

/// See [`SystemEvent::AdminOnboardingChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdminOnboardingChanged {
    /// Whether they are done.
    pub onboarded: bool,
}

/// A licence of the compatible product's makers, which clients ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct License {
    /// Its key.
    pub license_key: String,
    /// What proves the key.
    pub activation_key: String,
    /// When it was entered.
    pub activated_at: DateTime<Utc>,
}

/// See [`SystemEvent::ServerLicenseRemoved`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServerLicenseRemoved {}

/// What the rules have to remember of the installation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct System {
    version: Option<String>,
    onboarded: bool,
    licensed: bool,
    config: ConfigChanged,
    models: ModelsChosen,
    search_model: Option<String>,
    release: Option<ReleaseFound>,
}

/// What can be asked of the installation.
#[derive(Clone, Debug, PartialEq)]
pub enum SystemCommand {
    /// Note that this version runs.
    InstallVersion(VersionInstalled),
    /// Note how far the administrator's first steps are.
    SetAdminOnboarding {
        /// Whether they are done.
        onboarded: bool,
    },
    /// Enter a licence whose keys were checked.
    License(License),
    /// Remove the licence.
    RemoveLicense,
    /// From now on this, and only this, differs from the default configuration.
    Configure(Map<String, Value>),
    /// From now on this is recognised, by these models.
    ChooseModels(ModelsChosen),
    /// All vectors of this model are there: search by them.
    SwitchSearchModel {
        /// Which.
        model: String,
    },
    /// Note which version of the API is the newest.
    NoteRelease {
        /// What was found.
        found: ReleaseFound,
        /// Whether it is the first look of a process. That is noted in any case: a process that is started again and
        /// again then knows that one has looked just now.
        is_first: bool,
    },
}

/// The installation never refuses; what changes nothing yields nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SystemRefusal {}

impl Aggregate for System {
    const KIND: StreamKind = StreamKind::System;
    type Command = SystemCommand;
    type Event = SystemEvent;
    type Refusal = SystemRefusal;

    fn decide(&self, command: SystemCommand) -> Result<Vec<SystemEvent>, SystemRefusal> {
        Ok(match command {
            SystemCommand::InstallVersion(installed) if Some(&installed.version) == self.version.as_ref() => Vec::new(),
            SystemCommand::InstallVersion(installed) => vec![installed.into()],
            SystemCommand::SetAdminOnboarding { onboarded } if onboarded == self.onboarded => Vec::new(),
            SystemCommand::SetAdminOnboarding { onboarded } => vec![AdminOnboardingChanged { onboarded }.into()],
            SystemCommand::License(license) => vec![license.into()],
            SystemCommand::RemoveLicense if !self.licensed => Vec::new(),
            SystemCommand::RemoveLicense => vec![ServerLicenseRemoved {}.into()],
            SystemCommand::Configure(differences) => {
                let changed = ConfigChanged::of(differences);
                if changed == self.config { Vec::new() } else { vec![changed.into()] }
            }
            SystemCommand::ChooseModels(chosen) if chosen == self.models => Vec::new(),
            SystemCommand::ChooseModels(chosen) => vec![chosen.into()],
            // By the time that the last vector is there, another model can have been chosen again.
            SystemCommand::SwitchSearchModel { model }
                if Some(&model) == self.search_model.as_ref() || Some(&model) != self.models.embedding.as_ref() =>
            {
                Vec::new()
            }
            SystemCommand::SwitchSearchModel { model } => vec![SearchModelSwitched { model }.into()],
            SystemCommand::NoteRelease { found, is_first } => {
                let is_news = is_first || self.release.as_ref().is_none_or(|before| found.says_more_than(before));
                if is_news { vec![found.into()] } else { Vec::new() }
            }
        })
    }

    fn evolve(&mut self, event: &SystemEvent) {
        match event {
            SystemEvent::VersionInstalled(installed) => self.version = Some(installed.version.clone()),
            SystemEvent::AdminOnboardingChanged(changed) => self.onboarded = changed.onboarded,
            SystemEvent::ServerLicensed(_) => self.licensed = true,
            SystemEvent::ServerLicenseRemoved(_) => self.licensed = false,
            SystemEvent::ConfigChanged(changed) => self.config = changed.clone(),
            SystemEvent::ModelsChosen(chosen) => self.models = chosen.clone(),
            SystemEvent::SearchModelSwitched(switched) => self.search_model = Some(switched.model.clone()),
            SystemEvent::ReleaseFound(found) => self.release = Some(found.clone()),
        }
    }

    fn subject(&self, id: Uuid, _event: &SystemEvent) -> Subject {
        Subject::own(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;

    #[test]
    fn a_version_is_noted_when_it_changes() {
        let noted = VersionInstalled { id: Uuid::from_u128(1), version: "3.1.0".into() };
        given::<System>([]).when(SystemCommand::InstallVersion(noted.clone())).then([noted.clone().into()]);
        given::<System>([noted.clone().into()]).when(SystemCommand::InstallVersion(noted)).then([]);
    }

    #[test]
    fn a_configuration_is_noted_when_it_changes() {
        let chosen = |days| serde_json::json!({"trash": {"days": days}}).as_object().cloned().expect("an object");
        let changed = ConfigChanged::of(chosen(5));
        given::<System>([]).when(SystemCommand::Configure(chosen(5))).then([changed.clone().into()]);
        given::<System>([changed.clone().into()]).when(SystemCommand::Configure(chosen(5))).then([]);
        given::<System>([changed.into()])
            .when(SystemCommand::Configure(Map::new()))
            .then([ConfigChanged::default().into()]);
        given::<System>([]).when(SystemCommand::Configure(Map::new())).then([]);
    }

    fn chosen(embedding: &str) -> ModelsChosen {
        ModelsChosen { embedding: Some(embedding.to_owned()), ..ModelsChosen::default() }
    }

    #[test]
    fn models_are_chosen_when_they_change() {
        let choose = |model| SystemCommand::ChooseModels(chosen(model));
        given::<System>([]).when(SystemCommand::ChooseModels(ModelsChosen::default())).then([]);
        given::<System>([]).when(choose("a")).then([chosen("a").into()]);
        given::<System>([chosen("a").into()]).when(choose("a")).then([]);
        given::<System>([chosen("a").into()]).when(choose("b")).then([chosen("b").into()]);
    }

    #[test]
    fn searches_switch_to_the_model_that_is_chosen_by_then() {
        let switch = |model: &str| SystemCommand::SwitchSearchModel { model: model.to_owned() };
        let switched = |model: &str| SearchModelSwitched { model: model.to_owned() };
        given::<System>([]).when(switch("a")).then([]);
        given::<System>([chosen("a").into()]).when(switch("a")).then([switched("a").into()]);
        given::<System>([chosen("a").into(), switched("a").into()]).when(switch("a")).then([]);
        let taken_back = [chosen("a").into(), switched("a").into(), chosen("b").into(), chosen("a").into()];
        given::<System>(taken_back).when(switch("b")).then([]);
    }

    #[test]
    fn a_release_is_noted_when_it_changes_and_once_a_day() {
        let found = |version: &str, hour: i64| {
            let checked_at = DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(hour);
            ReleaseFound { release_version: version.to_owned(), checked_at }
        };
        let note = |version, hour| SystemCommand::NoteRelease { found: found(version, hour), is_first: false };
        let before = || [SystemEvent::from(found("v3.1.0", 100))];
        given::<System>([]).when(note("v3.1.0", 100)).then([found("v3.1.0", 100).into()]);
        given::<System>(before()).when(note("v3.1.0", 101)).then([]);
        given::<System>(before()).when(note("v3.1.0", 123)).then([]);
        given::<System>(before()).when(note("v3.1.0", 124)).then([found("v3.1.0", 124).into()]);
        given::<System>(before()).when(note("v3.2.0", 101)).then([found("v3.2.0", 101).into()]);
        // The clock was far ahead once.
        given::<System>(before()).when(note("v3.1.0", 99)).then([found("v3.1.0", 99).into()]);
        let first = SystemCommand::NoteRelease { found: found("v3.1.0", 101), is_first: true };
        given::<System>(before()).when(first).then([found("v3.1.0", 101).into()]);
    }
}
