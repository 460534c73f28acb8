//! What is logged: what the environment says, else what the configuration says, from the moment on when it does.

use std::sync::Arc;

use albumen_domain::system::LoggingSettings;
use albumen_projections::system::Configuration;
use tracing_subscriber::{EnvFilter, Registry, layer::SubscriberExt as _, reload, util::SubscriberInitExt as _};

use crate::installation::Config;

/// Our own rooms; of libraries only what went wrong is told, and of those of Kafka and EventStoreDB
/// nothing: they repeat themselves, and we say it ourselves.
const ROOMS: [&str; 6] =
    ["albumen", "albumen_api", "albumen_commands", "albumen_projections", "albumen_workers", "albumen_eventstoredb"];
/// Where nobody chose anything: our own news.
const DEFAULT_LEVEL: &str = "log";

/// Changes what is logged.
pub struct Logging {
    /// None where the environment has decided.
    filter: Option<reload::Handle<EnvFilter, Registry>>,
}

impl Logging {
    /// Begins to log.
    pub fn start(config: &Config) -> Self {
        let chosen = config.log.clone().unwrap_or_else(|| filter_of(DEFAULT_LEVEL));
        let (filter, handle) = reload::Layer::new(EnvFilter::try_new(chosen).unwrap_or_default());
        tracing_subscriber::registry()
            .with(filter)
            .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
            .init();
        Self { filter: config.log.is_none().then_some(handle) }
    }

    /// Does for ever what the configuration says.
    pub async fn follow(self, configuration: Arc<Configuration>) {
        let Some(handle) = self.filter else { return };
        let mut changes = configuration.changes();
        let mut present = None;
        loop {
            let wanted = changes.borrow_and_update().settings.logging.clone();
            if present.as_ref() != Some(&wanted) {
                // It fails only when nothing is logged any more.
                let _ = handle.reload(EnvFilter::try_new(wanted_filter(&wanted)).unwrap_or_default());
                present = Some(wanted);
            }
            if changes.changed().await.is_err() {
                return;
            }
        }
    }
}

fn wanted_filter(settings: &LoggingSettings) -> String {
    if settings.enabled { filter_of(&settings.level) } else { "off".to_owned() }
}

/// The filter of a level of the configuration.
pub fn filter_of(level: &str) -> String {
    let (ours, others) = match level {
        "verbose" => ("trace", "info"),
        "debug" => ("debug", "warn"),
        "warn" => ("warn", "warn"),
        "error" | "fatal" => ("error", "error"),
        _ => ("info", "warn"),
    };
    let rooms = ROOMS.map(|room| format!("{room}={ours}"));
    format!("{others},rdkafka=off,librdkafka=off,eventstore=off,{}", rooms.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_is_a_filter() {
        for level in ["verbose", "debug", "log", "warn", "error", "fatal"] {
            let filter = EnvFilter::try_new(filter_of(level)).expect("a filter");
            assert!(filter.to_string().contains("albumen_workers="), "{level}");
        }
        assert_eq!(wanted_filter(&LoggingSettings { enabled: false, level: "debug".into() }), "off");
        assert!(filter_of("log").starts_with("warn,") && filter_of("log").contains("albumen=info"));
    }
}
