//! The server: all of its parts, or some.

use std::{
    net::SocketAddr,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use albumen_commands::{
    Context,
    kafka::{self, Brokers, KafkaTransport, Relay, WakeUps},
};
use albumen_domain::system::{SYSTEM_ID, System, SystemCommand, VersionInstalled};
use albumen_projections::{
    ReadModels,
    library::{AssetPaths, AssetRow, LibraryQueries},
    system::Configuration,
};
use albumen_schemas::{
    feed::Feed,
    leadership::{Candidate, RELEASES_TASK},
};
use albumen_workers::{
    inference::{
        Predictor,
        local::{LocalOptions, LocalService},
    },
    jobs::{self, Workshop},
    media::{
        decode::{DecodeBounds, DecodePool},
        exiftool::ExifTool,
    },
    tasks::Releases,
};
use clap::ValueEnum;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::signal::unix::{SignalKind, signal};
use tower::Service;

use super::{CliError, configuration, logging::Logging, mirror::Mirror, opened::Opened, tidy, view::View};
use crate::{
    access::{AuthCache, Loader},
    app::{App, Hearing, Parts},
    edge::{KeptAnswers, web::WebOptions},
    installation::{self, Config},
    operations::{self, Operations},
    server,
    websocket::Websocket,
};

/// Requests that are under way when the server is asked to stop may take this long to end.
const GRACE: Duration = Duration::from_secs(8);
/// Consumers may take this long to leave their groups.
const KAFKA_GRACE: Duration = Duration::from_secs(5);
/// A client that has not sent its headers by then is not going to.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// A part of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Role {
    /// Answers requests
    Api,
    /// Publishes the log to Kafka; one process of all does, and the others would take over
    Relay,
    /// Keeps the read models up to date
    Project,
    /// Reads metadata, makes previews, removes files
    Media,
    /// Finds what pictures show, by models that it runs or that others serve
    Inference,
    /// Copies the log to EventStoreDB (ALBUMEN_EVENTSTORE); one process of all does, and the others would take over
    Mirror,
}

impl Role {
    /// What the whole server is made of.
    pub(super) const ALL: [Self; 5] = [Self::Api, Self::Relay, Self::Project, Self::Media, Self::Inference];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Relay => "relay",
            Self::Project => "project",
            Self::Media => "media",
            Self::Inference => "inference",
            Self::Mirror => "mirror",
        }
    }
}

/// Runs until somebody asks it to stop.
pub(super) async fn serve(
    config: &Config,
    roles: &[Role],
    view: &View,
    logging: Logging,
) -> Result<ExitCode, CliError> {
    let started = Instant::now();
    view.check(roles)?;
    let whole = Role::ALL.iter().all(|role| roles.contains(role));
    if roles.contains(&Role::Relay) && !whole && config.kafka.is_none() {
        return Err(CliError::Other("the relay publishes to Kafka: say where that is in ALBUMEN_KAFKA".to_owned()));
    }
    if roles.contains(&Role::Mirror) && config.eventstore.is_none() {
        let advice = "say where that is in ALBUMEN_EVENTSTORE";
        return Err(CliError::Other(format!("the mirror copies the log to EventStoreDB: {advice}")));
    }
    // Before anything is started: until then Ctrl-C would end the process without a clean stop.
    let stopping = stop_signal()?;
    let mut opened = if whole { Opened::for_server(config).await? } else { Opened::for_command(config).await? };
    view.restrict(&mut opened);
    let parts = Running::start(&opened, roles, config, view).await?;
    let logging = tokio::spawn(logging.follow(parts.configuration.clone()));
    if whole {
        tidy::after_a_crash(&parts.reads, &opened.commands, &opened.media).await;
    }
    let operations = Arc::new(parts.operations(&opened, roles, config));
    let listener = match config.metrics {
        Some(address) => Some(listen_for_operations(address, &operations)?),
        None => None,
    };
    let is_too_large = AtomicBool::new(false);
    let stopping = async {
        tokio::select! {
            () = stopping => {}
            () = installation::outgrown(config.memory_mib) => is_too_large.store(true, Ordering::Relaxed),
        }
        operations.stop();
    };
    let outcome = if roles.contains(&Role::Api) {
        let app = parts.app(&opened, config);
        note_version(&app).await?;
        tokio::select! {
            served = listen(config, &app, &operations, started, stopping) => served,
            how = opened.database.ended() => Err(CliError::Other(format!("the database ended: {how}"))),
        }
    } else {
        tracing::info!(roles = ?operations.roles, "started");
        tokio::select! {
            () = stopping => Ok(()),
            how = opened.database.ended() => Err(CliError::Other(format!("the database ended: {how}"))),
        }
    };
    logging.abort();
    drop(listener);
    drop(operations);
    drop(parts);
    kafka::all_gone(KAFKA_GRACE).await;
    opened.close().await;
    if is_too_large.into_inner() {
        return Err(CliError::Other("the process held more memory than ALBUMEN_MEMORY allows, and stopped".to_owned()));
    }
    outcome.map(|()| ExitCode::SUCCESS)
}

/// The parts that run in the background.
struct Running {
    reads: Arc<ReadModels>,
    configuration: Arc<Configuration>,
    auth: Arc<AuthCache>,
    decoder: DecodePool,
    relay: Option<Relay>,
    mirror: Option<Mirror>,
    models: LocalService,
    predictor: Predictor,
    wake_ups: Vec<WakeUps>,
    jobs: Vec<jobs::Running>,
    following: tokio::task::JoinHandle<()>,
}

impl Running {
    async fn start(opened: &Opened, roles: &[Role], config: &Config, view: &View) -> Result<Self, CliError> {
        let database = opened.database.connect_config();
        let brokers = config.kafka.clone();
        let is_alone = Role::ALL.iter().all(|role| roles.contains(role)) && brokers.is_none();
        let auth = Arc::new(AuthCache::default());
        let configuration = configuration::of(config, &opened.pool)?;
        let projects = roles.contains(&Role::Project);
        let mut reads = if projects {
            let observer = Arc::new(Hearing { auth: auth.clone(), configuration: configuration.clone() });
            ReadModels::follow(&opened.pool, database, feed(opened, brokers.as_ref()), observer).await?
        } else {
            view.questions(opened).await?
        };
        if !is_alone {
            reads.share(database);
        }
        let made_of: Option<Vec<_>> = AuthCache::MADE_OF.iter().map(|name| reads.progress_of(name)).collect();
        if let Some(progress) = made_of {
            auth.keep_in_terms_of(progress);
        }
        let reads = Arc::new(reads);
        // Where others may apply the change, nobody tells this process.
        let following = tokio::spawn(configuration.clone().follow(projects && is_alone));
        let decoder = DecodePool::new(DecodeBounds::of(config.cpus, config.memory_mib))?;
        let relay = match &brokers {
            Some(brokers) if roles.contains(&Role::Relay) => {
                Some(Relay::start(brokers.clone(), database, opened.commands.feed().clone()))
            }
            _ => None,
        };
        let models = models(config, roles, &configuration);
        let predictor = Predictor::new(configuration.clone(), models.state())
            .map_err(|error| CliError::because("models cannot be asked")(&error))?;
        if is_alone {
            // Nobody else works here, so every lease is one of a process that died.
            reads.work().release_all().await?;
        }
        let mirrors = roles.contains(&Role::Mirror) || Role::ALL.iter().all(|role| roles.contains(role));
        let mirror = match &config.eventstore {
            Some(address) if mirrors => Some(Mirror::start(address, opened)?),
            _ => None,
        };
        let mut parts = Self {
            reads,
            configuration,
            auth,
            decoder,
            relay,
            mirror,
            models,
            predictor,
            wake_ups: Vec::new(),
            jobs: Vec::new(),
            following,
        };
        for role in [Role::Media, Role::Inference].into_iter().filter(|role| roles.contains(role)) {
            parts.work(opened, role, config, is_alone)?;
        }
        Ok(parts)
    }

    /// Begins the work of a role.
    fn work(&mut self, opened: &Opened, role: Role, config: &Config, is_alone: bool) -> Result<(), CliError> {
        let wake_ups = config.kafka.as_ref().map(|brokers| WakeUps::join(brokers, role.as_str())).transpose()?;
        let positions = wake_ups.as_ref().map(WakeUps::positions);
        self.wake_ups.extend(wake_ups);
        let releases = Releases {
            url: config.version_url.clone(),
            spoken: server::API_VERSION,
            candidate: (!is_alone).then(|| Candidate::new(opened.database.connect_config(), RELEASES_TASK)),
        };
        let workshop = Arc::new(Workshop { wake_ups: positions, ..self.workshop(opened, releases) });
        self.jobs.push(match role {
            Role::Inference => jobs::start_inference(&workshop),
            _ => jobs::start(workshop, is_alone),
        });
        Ok(())
    }

    fn workshop(&self, opened: &Opened, releases: Releases) -> Workshop {
        Workshop {
            commands: opened.commands.clone(),
            reads: self.reads.clone(),
            media: opened.media.clone(),
            exiftool: ExifTool::new(1),
            decoder: self.decoder.clone(),
            predictor: self.predictor.clone(),
            configuration: self.configuration.clone(),
            releases,
            wake_ups: None,
        }
    }

    fn operations(&self, opened: &Opened, roles: &[Role], config: &Config) -> Operations {
        Operations {
            roles: roles.iter().map(|role| role.as_str()).collect(),
            reads: self.reads.clone(),
            feed: opened.commands.feed().clone(),
            relay: self.relay.as_ref().map(Relay::state),
            mirror: self.mirror.as_ref().map(Mirror::state),
            kafka: config.kafka.clone(),
            models: roles.contains(&Role::Inference).then(|| self.models.state()),
            is_stopping: AtomicBool::new(false),
        }
    }

    fn app(&self, opened: &Opened, config: &Config) -> App {
        Parts {
            commands: opened.commands.clone(),
            access: paths_loader(self.reads.library().clone()),
            details: details_loader(self.reads.library().clone()),
            kept: KeptAnswers::default(),
            reads: self.reads.clone(),
            configuration: self.configuration.clone(),
            rebuilds: opened.rebuilds(),
            media: opened.media.clone(),
            decoder: self.decoder.clone(),
            predictor: self.predictor.clone(),
            auth: self.auth.clone(),
            trusted_proxies: Arc::new(config.trusted_proxies.clone()),
            allow_setup: config.allow_setup,
            logging_is_fixed: config.log.is_some(),
        }
        .into()
    }
}

/// The log's way to the readers of this process.
fn feed(opened: &Opened, brokers: Option<&Brokers>) -> Arc<dyn Feed> {
    let log = opened.commands.feed().clone();
    match brokers {
        Some(brokers) => Arc::new(KafkaTransport::new(brokers.clone(), log)),
        None => log,
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.following.abort();
    }
}

fn paths_loader(library: LibraryQueries) -> Loader<AssetPaths> {
    Loader::start(move |ids| {
        let library = library.clone();
        async move { Ok(library.paths(&ids).await?.into_iter().map(|row| (row.id, row)).collect()) }
    })
}

fn details_loader(library: LibraryQueries) -> Loader<AssetRow> {
    Loader::start(move |ids| {
        let library = library.clone();
        async move { Ok(library.assets(&ids).await?.into_iter().map(|row| (row.id, row)).collect()) }
    })
}

/// The service of models where the configuration names no other: the program of this process, or that of another. Who is
/// started for the role alone runs it even where the others are told its URL.
fn models(config: &Config, roles: &[Role], configuration: &Arc<Configuration>) -> LocalService {
    let (runs_it, is_whole) = (roles.contains(&Role::Inference), roles.len() == Role::ALL.len());
    match &config.inference_url {
        Some(url) if is_whole || !runs_it => LocalService::elsewhere(url),
        _ if runs_it => {
            let options = LocalOptions {
                listen: config.inference_listen(is_whole),
                models: config.models.clone(),
                cpus: config.cpus,
            };
            LocalService::start(options, configuration.clone())
        }
        _ => LocalService::elsewhere(&format!("http://{}", config.inference_listen(false))),
    }
}

async fn note_version(app: &App) -> Result<(), CliError> {
    if app.commands.is_read_only() {
        return Ok(());
    }
    let installed = VersionInstalled { id: uuid::Uuid::new_v4(), version: server::API_VERSION.to_owned() };
    app.execute::<System>(SYSTEM_ID, SystemCommand::InstallVersion(installed), &Context::operator())
        .await
        .map(|_| ())
        .map_err(|error| CliError::because("the version cannot be noted")(&error))
}

/// Completes when the process is asked to stop.
fn stop_signal() -> Result<impl Future<Output = ()>, CliError> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Answers questions about this process until the handle is dropped.
fn listen_for_operations(address: SocketAddr, operations: &Arc<Operations>) -> Result<EndsWithIt, CliError> {
    let listener = installation::bind(address)?;
    tracing::info!(address = %listener.local_addr()?, "metrics and health");
    let router = operations::router(operations.clone());
    Ok(EndsWithIt(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "metrics and health are not served any more");
        }
    })))
}

/// A task that ends when this is dropped.
struct EndsWithIt(tokio::task::JoinHandle<()>);

impl Drop for EndsWithIt {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn listen(
    config: &Config,
    app: &App,
    operations: &Arc<Operations>,
    started: Instant,
    stopping: impl Future<Output = ()>,
) -> Result<(), CliError> {
    let listener = installation::bind(config.listen)?;
    let bound = listener.local_addr()?;
    let configuration = app.configuration.clone();
    let custom_css = Arc::new(move || configuration.current().settings.theme.custom_css.clone());
    let web = WebOptions { folder: config.web.clone(), custom_css, ..WebOptions::default() };
    let (websocket, sockets) = Websocket::start(app);
    let router = server::router(app, web).merge(operations::health_router(operations.clone())).layer(sockets);
    let mut service = router.into_make_service_with_connect_info::<SocketAddr>();
    announce(bound, started);
    let mut http = Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    http.http2().timer(TokioTimer::new());
    let graceful = GracefulShutdown::new();
    let mut stopping = std::pin::pin!(stopping);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stopping => break,
        };
        // Small answers should not wait for more.
        let _ = stream.set_nodelay(true);
        let handler = match service.call(peer).await {
            Ok(handler) => TowerToHyperService::new(handler),
            Err(never) => match never {},
        };
        let connection = http.serve_connection_with_upgrades(TokioIo::new(stream), handler).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks is the client's affair.
            let _ = connection.await;
        });
    }
    drop(listener);
    tracing::info!("stopping");
    websocket.close().await;
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
    Ok(())
}

fn announce(bound: SocketAddr, started: Instant) {
    let ready_ms = started.elapsed().as_millis();
    for address in installation::announced_addresses(bound) {
        println!("Albumen is ready at {address}");
    }
    tracing::info!(%bound, ready_ms, "ready");
}
