//! What a person can set, as flags or in the environment, and what follows from it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use albumen_commands::kafka::Brokers;
use albumen_workers::tasks::RELEASES_URL;
use axum::http::Uri;

use super::{DataFolder, InstallationError, TrustedProxies};
use crate::cli::filter_of;

/// Where root keeps the data, as every system service does.
const ROOT_DATA_FOLDER: &str = "/var/lib/albumen";
/// Where everyone else does: beside what they are working on, easy to see and to remove.
const USER_DATA_FOLDER: &str = "data";
/// Immich's port on every address of the machine, IPv4 and IPv6.
const DEFAULT_LISTEN: &str = "[::]:2283";
/// More threads than that help nobody.
const MOST_CPUS: u64 = 1_024;
/// Where models are served for the other parts of the server on the same machine: the port that Immich uses.
const DEFAULT_INFERENCE_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 3003);
/// Where only this process asks: any free port.
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// Folder of the models within the data.
const MODELS_FOLDER: &str = "models";
/// Where the machine does not say how many it has.
const FALLBACK_CPUS: usize = 2;
/// With less no part of the server starts.
const LEAST_MEMORY_MIB: u64 = 128;

/// The settings that every subcommand takes, as flags or from the environment.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Settings {
    /// Folder that holds the library: media, keys and database [default: ./data, as root /var/lib/albumen]
    #[arg(long, env = "ALBUMEN_DATA", value_name = "FOLDER", global = true)]
    pub data: Option<PathBuf>,

    /// Address and port to listen on [default: [::]:2283, every address of the machine]
    #[arg(long, env = "ALBUMEN_LISTEN", value_name = "ADDRESS:PORT", global = true)]
    pub listen: Option<String>,

    /// A PostgreSQL of your own (15 or newer, pgvector 0.8 or newer) in place of the one that albumen starts
    #[arg(long, env = "DATABASE_URL", value_name = "URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,

    /// Folder with a web app's static build to serve
    #[arg(long, env = "ALBUMEN_WEB", value_name = "FOLDER", global = true)]
    pub web: Option<PathBuf>,

    /// Addresses and networks whose X-Forwarded-* headers are believed, separated by commas
    /// [default: loopback, link-local and private networks]
    #[arg(long, env = "ALBUMEN_TRUSTED_PROXIES", value_name = "LIST", global = true)]
    pub trusted_proxies: Option<String>,

    /// What to log, as a tracing filter such as `info` or `albumen_api=debug,warn` [default: what the configuration
    /// says]
    #[arg(long, env = "ALBUMEN_LOG", value_name = "FILTER", global = true)]
    pub log: Option<String>,

    /// Whether the first visitor from the own network may become the administrator [default: true]
    #[arg(long, env = "ALBUMEN_ALLOW_SETUP", value_name = "true|false", global = true)]
    pub allow_setup: Option<String>,

    /// Kafka brokers that join the parts of the server, as host:port, separated by commas [default: none]
    #[arg(long, env = "ALBUMEN_KAFKA", value_name = "BROKERS", global = true)]
    pub kafka: Option<String>,

    /// How to connect to Kafka, as properties of librdkafka: security.protocol=SASL_SSL,sasl.mechanisms=SCRAM-SHA-512,
    /// sasl.username=…,sasl.password=…,ssl.ca.location=FILE [default: plain connections]
    #[arg(long, env = "ALBUMEN_KAFKA_OPTIONS", value_name = "LIST", global = true, hide_env_values = true)]
    pub kafka_options: Option<String>,

    /// EventStoreDB that keeps a second copy of the log, as esdb://name:password@host:2113 [default: none]
    #[arg(long, env = "ALBUMEN_EVENTSTORE", value_name = "URL", global = true, hide_env_values = true)]
    pub eventstore: Option<String>,

    /// Address and port for /metrics, /health/live and /health/ready [default: none]
    #[arg(long, env = "ALBUMEN_METRICS", value_name = "ADDRESS:PORT", global = true)]
    pub metrics: Option<String>,

    /// Processor cores that this process and all it starts are kept to [default: all]
    #[arg(long, env = "ALBUMEN_CPUS", value_name = "NUMBER", global = true)]
    pub cpus: Option<String>,

    /// MiB of memory that this process may hold with its children that work on media; those get half of it, and it
    /// stops in good order when it needs more [default: no bound]
    #[arg(long, env = "ALBUMEN_MEMORY", value_name = "MIB", global = true)]
    pub memory: Option<String>,

    /// Folder of the models [default: models in the data folder]
    #[arg(long, env = "ALBUMEN_MODELS", value_name = "FOLDER", global = true)]
    pub models: Option<PathBuf>,

    /// Where the role inference serves models to the other parts [default: 127.0.0.1:3003; `up`: any free port]
    #[arg(long, env = "ALBUMEN_INFERENCE_LISTEN", value_name = "ADDRESS:PORT", global = true)]
    pub inference_listen: Option<String>,

    /// Where models are served, for parts that do not run them [default: http://127.0.0.1:3003]
    #[arg(long, env = "ALBUMEN_INFERENCE_URL", value_name = "URL", global = true)]
    pub inference_url: Option<String>,

    /// Where it is asked which version of Immich's API is the newest, while the configuration has newer versions looked
    /// for; it gets ?channel=stable or rc, and answers {"version": …} [default: https://version.immich.cloud/version]
    #[arg(long, env = "ALBUMEN_VERSION_URL", value_name = "URL", global = true)]
    pub version_url: Option<String>,

    /// File with a configuration (JSON) that takes the place of what administrators set in the app
    #[arg(long, env = "ALBUMEN_CONFIG_FILE", value_name = "FILE", global = true)]
    pub config_file: Option<PathBuf>,

    /// Folder that holds PostgreSQL's bin/ [default: the one that deploy/up installed, or the distribution's]
    #[arg(long, env = "ALBUMEN_POSTGRES", value_name = "FOLDER", global = true)]
    pub postgres: Option<PathBuf>,
}

/// An installation's settings, complete and checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where everything that must be kept lies.
    pub data: DataFolder,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The PostgreSQL to use in place of the embedded one.
    pub database_url: Option<String>,
    /// The web app's static build.
    pub web: Option<PathBuf>,
    /// Who may say on whose behalf a request comes.
    pub trusted_proxies: TrustedProxies,
    /// The tracing filter, if it is not for the configuration to say.
    pub log: Option<String>,
    /// Whether an administrator may sign up at all.
    pub allow_setup: bool,
    /// Kafka brokers, if the parts are joined by Kafka.
    pub kafka: Option<Brokers>,
    /// The EventStoreDB that the log is mirrored to, if it is.
    pub eventstore: Option<String>,
    /// Where a separate listener tells how the process is, if somebody wants it.
    pub metrics: Option<SocketAddr>,
    /// Processor cores to use.
    pub cpus: usize,
    /// The bound of a process's memory, if a person set one.
    pub memory_mib: Option<u64>,
    /// The folder of the models.
    pub models: PathBuf,
    /// Where models are served, if a person said so.
    pub inference_listen: Option<SocketAddr>,
    /// Where another process serves models, if a person said so.
    pub inference_url: Option<String>,
    /// Where it is asked which version of the API is the newest.
    pub version_url: String,
    /// The file that holds the configuration, if it is in one.
    pub config_file: Option<PathBuf>,
    /// Where PostgreSQL's `bin/` lies, if a person said so.
    pub postgres: Option<PathBuf>,
}

impl Config {
    /// Completes the settings by the environment's names that come from Immich, and by defaults.
    pub fn resolve(settings: Settings) -> Result<Self, InstallationError> {
        Self::resolve_with(settings, |name| std::env::var(name).ok(), nix::unistd::geteuid().is_root())
    }

    /// [`Config::resolve`] with the environment as a value.
    pub fn resolve_with(
        settings: Settings,
        environment: impl Fn(&str) -> Option<String>,
        is_root: bool,
    ) -> Result<Self, InstallationError> {
        let other = |own: Option<String>, name: &str| present(own).or_else(|| present(environment(name)));
        let data = settings.data.filter(|path| !path.as_os_str().is_empty());
        let data = DataFolder::new(absolute(data.unwrap_or_else(|| default_data_folder(is_root)))?);
        let models = settings.models.filter(|path| !path.as_os_str().is_empty()).map(absolute).transpose()?;
        Ok(Self {
            models: models.unwrap_or_else(|| data.root().join(MODELS_FOLDER)),
            inference_listen: present(settings.inference_listen)
                .map(|text| parse_address("ALBUMEN_INFERENCE_LISTEN", &text))
                .transpose()?,
            inference_url: present(settings.inference_url),
            data,
            listen: parse_listen(present(settings.listen).as_deref().unwrap_or(DEFAULT_LISTEN))?,
            database_url: present(settings.database_url),
            web: settings.web.filter(|path| !path.as_os_str().is_empty()).map(absolute).transpose()?,
            trusted_proxies: match other(settings.trusted_proxies, "IMMICH_TRUSTED_PROXIES") {
                Some(list) => TrustedProxies::parse("ALBUMEN_TRUSTED_PROXIES", &list)?,
                None => TrustedProxies::default(),
            },
            log: present(settings.log)
                .or_else(|| present(environment("IMMICH_LOG_LEVEL")).map(|level| filter_of(&level))),
            allow_setup: match other(settings.allow_setup, "IMMICH_ALLOW_SETUP") {
                Some(answer) => parse_bool("ALBUMEN_ALLOW_SETUP", &answer)?,
                None => true,
            },
            kafka: parse_brokers(present(settings.kafka), present(settings.kafka_options).as_deref())?,
            eventstore: present(settings.eventstore),
            metrics: present(settings.metrics).map(|text| parse_address("ALBUMEN_METRICS", &text)).transpose()?,
            cpus: match present(settings.cpus) {
                Some(text) => parse_number("ALBUMEN_CPUS", &text, 1..=MOST_CPUS)? as usize,
                None => std::thread::available_parallelism().map_or(FALLBACK_CPUS, usize::from),
            },
            memory_mib: present(settings.memory)
                .map(|text| parse_number("ALBUMEN_MEMORY", &text, LEAST_MEMORY_MIB..=u64::MAX >> 20))
                .transpose()?,
            version_url: match present(settings.version_url) {
                Some(text) => parse_web_address("ALBUMEN_VERSION_URL", text)?,
                None => RELEASES_URL.to_owned(),
            },
            config_file: settings
                .config_file
                .filter(|path| !path.as_os_str().is_empty())
                .or_else(|| present(environment("IMMICH_CONFIG_FILE")).map(PathBuf::from))
                .map(absolute)
                .transpose()?,
            postgres: settings.postgres.filter(|path| !path.as_os_str().is_empty()).map(absolute).transpose()?,
        })
    }
}

impl Config {
    /// Where this process serves models; for itself alone, or for others too.
    #[must_use]
    pub fn inference_listen(&self, for_itself: bool) -> SocketAddr {
        self.inference_listen.unwrap_or(if for_itself { ANY_PORT } else { DEFAULT_INFERENCE_LISTEN })
    }
}

/// An empty variable in the environment means that it is not set, as compose files write it.
fn present(value: Option<String>) -> Option<String> {
    value.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn default_data_folder(is_root: bool) -> PathBuf {
    PathBuf::from(if is_root { ROOT_DATA_FOLDER } else { USER_DATA_FOLDER })
}

/// Relative paths are resolved at once, since later steps change user and folder.
fn absolute(path: PathBuf) -> Result<PathBuf, InstallationError> {
    std::path::absolute(&path).map_err(super::error::at("resolve", &path))
}

fn parse_listen(text: &str) -> Result<SocketAddr, InstallationError> {
    parse_address("ALBUMEN_LISTEN", text)
}

fn parse_address(name: &'static str, text: &str) -> Result<SocketAddr, InstallationError> {
    // `:2283` alone is how many programs spell "every address".
    let spelled_out =
        if text.starts_with(':') && !text.starts_with("::") { format!("[::]{text}") } else { text.to_owned() };
    spelled_out.parse().map_err(|_| InstallationError::Setting {
        name,
        value: text.to_owned(),
        reason: "expected an address and a port, such as 127.0.0.1:2283 or [::]:2283".to_owned(),
    })
}

fn parse_web_address(name: &'static str, text: String) -> Result<String, InstallationError> {
    let is_one = text.parse::<Uri>().is_ok_and(|uri| {
        uri.host().is_some_and(|host| !host.is_empty()) && matches!(uri.scheme_str(), Some("http" | "https"))
    });
    if is_one {
        return Ok(text);
    }
    let reason = "expected an address such as https://example.org/version".to_owned();
    Err(InstallationError::Setting { name, value: text, reason })
}

fn parse_number(
    name: &'static str,
    text: &str,
    range: std::ops::RangeInclusive<u64>,
) -> Result<u64, InstallationError> {
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| InstallationError::Setting {
        name,
        value: text.to_owned(),
        reason: format!("expected a whole number from {} on", range.start()),
    })
}

fn parse_brokers(list: Option<String>, options: Option<&str>) -> Result<Option<Brokers>, InstallationError> {
    let (Some(list), Some(options)) = (&list, options) else { return Ok(list.map(Brokers::new)) };
    let refused = |reason| InstallationError::Setting {
        name: "ALBUMEN_KAFKA_OPTIONS",
        // It may hold a password.
        value: "…".to_owned(),
        reason,
    };
    let brokers = Brokers::new(list).with_options(options).map_err(refused)?;
    if options.to_ascii_uppercase().contains("SSL") && !cfg!(feature = "kafka-tls") {
        let advice = "build it with: cargo build --release --workspace --features albumen-api/kafka-tls";
        return Err(refused(format!("this albumen was built without encryption for Kafka; {advice}")));
    }
    Ok(Some(brokers))
}

fn parse_bool(name: &'static str, text: &str) -> Result<bool, InstallationError> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(InstallationError::Setting {
            name,
            value: text.to_owned(),
            reason: "expected true or false".to_owned(),
        }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn resolve(settings: Settings, environment: &[(&str, &str)], is_root: bool) -> Result<Config, InstallationError> {
        let lookup =
            |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Config::resolve_with(settings, lookup, is_root)
    }

    #[test]
    fn the_defaults() {
        let config = resolve(Settings::default(), &[], false).unwrap();
        assert_eq!(config.data.root(), std::env::current_dir().unwrap().join("data"));
        assert_eq!(config.listen.to_string(), "[::]:2283");
        assert!(config.allow_setup);
        assert!(config.database_url.is_none() && config.web.is_none() && config.postgres.is_none());
        assert_eq!(config.models, config.data.root().join("models"));
        assert_eq!(config.inference_listen(false).to_string(), "127.0.0.1:3003");
        assert_eq!(config.inference_listen(true).to_string(), "127.0.0.1:0");
        assert_eq!(config.trusted_proxies, TrustedProxies::default());

        let as_root = resolve(Settings::default(), &[], true).unwrap();
        assert_eq!(as_root.data.root(), std::path::Path::new("/var/lib/albumen"));
    }

    #[test]
    fn the_names_of_immich_count_where_ours_are_not_set() {
        let environment = [("IMMICH_ALLOW_SETUP", "false"), ("IMMICH_TRUSTED_PROXIES", "203.0.113.0/24")];
        let config = resolve(Settings::default(), &environment, false).unwrap();
        assert!(!config.allow_setup);
        assert!(config.trusted_proxies.contains("203.0.113.9".parse().unwrap()));

        let ours = Settings { allow_setup: Some("yes".to_owned()), ..Settings::default() };
        assert!(resolve(ours, &environment, false).unwrap().allow_setup);
    }

    #[test]
    fn an_empty_value_is_no_value() {
        let settings = Settings {
            data: Some(PathBuf::new()),
            listen: Some(String::new()),
            database_url: Some(" ".to_owned()),
            allow_setup: Some(String::new()),
            ..Settings::default()
        };
        let config = resolve(settings, &[], true).unwrap();
        assert_eq!(config.data.root(), std::path::Path::new(ROOT_DATA_FOLDER));
        assert_eq!(config.listen.port(), 2283);
        assert!(config.database_url.is_none() && config.allow_setup);
    }

    #[test]
    fn addresses_to_listen_on() {
        assert_eq!(parse_listen(":8080").unwrap().to_string(), "[::]:8080");
        assert_eq!(parse_listen("127.0.0.1:1").unwrap().to_string(), "127.0.0.1:1");
        let error = parse_listen("localhost").unwrap_err().to_string();
        assert!(error.contains("ALBUMEN_LISTEN=localhost") && error.contains("127.0.0.1:2283"), "{error}");
    }

    #[test]
    fn where_versions_are_asked_for() {
        let with = |url: &str| {
            resolve(Settings { version_url: Some(url.to_owned()), ..Settings::default() }, &[], false)
                .map(|config| config.version_url)
        };
        assert_eq!(with("").unwrap(), RELEASES_URL);
        for url in ["http://127.0.0.1:8080", "https://photos.example/version?of=us"] {
            assert_eq!(with(url).unwrap(), url);
        }
        for url in ["photos.example", "/version", "ftp://photos.example/version", "https://"] {
            let error = with(url).unwrap_err().to_string();
            assert!(error.contains("ALBUMEN_VERSION_URL=") && error.contains("https://example.org/version"), "{error}");
        }
    }

    #[test]
    fn an_unclear_answer_is_refused() {
        let settings = Settings { allow_setup: Some("perhaps".to_owned()), ..Settings::default() };
        assert!(matches!(resolve(settings, &[], false), Err(InstallationError::Setting { .. })));
    }
}
