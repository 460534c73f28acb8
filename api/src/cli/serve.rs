//! The server: all of its parts, or some.

use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_commands::Context;
use albumen_domain::system::{SYSTEM_ID, System, SystemCommand, VersionInstalled};
use albumen_projections::{
    ReadModels,
    library::{AssetPaths, AssetRow, LibraryQueries},
};
use albumen_workers::{
    jobs::{self, Workshop},
    media::{
        decode::{DecodePool, PreviewSettings},
        exiftool::ExifTool,
        store::MediaStore,
    },
};
use clap::ValueEnum;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::signal::unix::{SignalKind, signal};
use tower::Service;

use super::{CliError, opened::Opened, tidy};
use crate::{
    access::{AuthCache, Loader},
    app::{App, ForgetOnChange, Parts},
    edge::web::WebOptions,
    installation::{self, Config},
    server,
};

/// Requests that are under way when the server is asked to stop may take this long to end.
const GRACE: Duration = Duration::from_secs(8);
/// A client that has not sent its headers by then is not going to.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// Children that decode: one per core, since each does its work on one.
fn decoders() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// A part of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Role {
    /// Answers requests
    Api,
    /// Keeps the read models up to date
    Project,
    /// Reads metadata, makes previews, removes files
    Media,
}

impl Role {
    pub(super) const ALL: [Self; 3] = [Self::Api, Self::Project, Self::Media];
}

/// Runs until somebody asks it to stop.
pub(super) async fn serve(config: &Config, roles: &[Role]) -> Result<ExitCode, CliError> {
    let started = Instant::now();
    let whole = Role::ALL.iter().all(|role| roles.contains(role));
    // Before anything is started: until then Ctrl-C would end the process without a clean stop.
    let stopping = stop_signal()?;
    let mut opened = if whole { Opened::for_server(config).await? } else { Opened::for_command(config).await? };
    let parts = Running::start(&opened, roles).await?;
    if whole {
        tidy::after_a_crash(&parts.reads, &opened.commands, &opened.media).await;
    }
    let outcome = if roles.contains(&Role::Api) {
        let app = parts.app(&opened, config);
        note_version(&app).await?;
        tokio::select! {
            served = listen(config, &app, started, stopping) => served,
            how = opened.database.ended() => Err(CliError::Other(format!("the database ended: {how}"))),
        }
    } else {
        tracing::info!(roles = ?roles, "started");
        tokio::select! {
            () = stopping => Ok(()),
            how = opened.database.ended() => Err(CliError::Other(format!("the database ended: {how}"))),
        }
    };
    drop(parts);
    opened.close().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

/// The parts that run in the background.
struct Running {
    reads: Arc<ReadModels>,
    auth: Arc<AuthCache>,
    decoder: DecodePool,
    _jobs: Option<jobs::Running>,
}

impl Running {
    async fn start(opened: &Opened, roles: &[Role]) -> Result<Self, CliError> {
        let projects = roles.contains(&Role::Project);
        let auth = Arc::new(AuthCache::new(projects));
        let reads = if projects {
            let observer = Arc::new(ForgetOnChange(auth.clone()));
            let feed = opened.commands.feed().clone();
            ReadModels::follow(&opened.pool, opened.database.connect_config(), feed, observer).await?
        } else {
            ReadModels::queries_only(&opened.pool)
        };
        let reads = Arc::new(reads);
        let decoder = DecodePool::new(decoders())?;
        let jobs = if roles.contains(&Role::Media) {
            if roles.len() == Role::ALL.len() {
                // Nobody else works here, so every lease is one of a process that died.
                reads.work().release_all().await?;
            }
            Some(jobs::start(Arc::new(workshop(opened, &reads, &decoder)), decoders()))
        } else {
            None
        };
        Ok(Self { reads, auth, decoder, _jobs: jobs })
    }

    fn app(&self, opened: &Opened, config: &Config) -> App {
        Parts {
            commands: opened.commands.clone(),
            access: paths_loader(self.reads.library().clone()),
            details: details_loader(self.reads.library().clone()),
            reads: self.reads.clone(),
            media: opened.media.clone(),
            decoder: self.decoder.clone(),
            auth: self.auth.clone(),
            trusted_proxies: Arc::new(config.trusted_proxies.clone()),
            allow_setup: config.allow_setup,
        }
        .into()
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

fn workshop(opened: &Opened, reads: &Arc<ReadModels>, decoder: &DecodePool) -> Workshop {
    let media: Arc<dyn MediaStore> = opened.media.clone();
    Workshop {
        commands: opened.commands.clone(),
        reads: reads.clone(),
        media,
        exiftool: ExifTool::new(1),
        decoder: decoder.clone(),
        previews: PreviewSettings::default(),
    }
}

async fn note_version(app: &App) -> Result<(), CliError> {
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

async fn listen(
    config: &Config,
    app: &App,
    started: Instant,
    stopping: impl Future<Output = ()>,
) -> Result<(), CliError> {
    let listener = installation::bind(config.listen)?;
    let bound = listener.local_addr()?;
    let web = WebOptions { folder: config.web.clone(), ..WebOptions::default() };
    let mut service = server::router(app, web).into_make_service_with_connect_info::<std::net::SocketAddr>();
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
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
    Ok(())
}

fn announce(bound: std::net::SocketAddr, started: Instant) {
    let ready_ms = started.elapsed().as_millis();
    for address in installation::announced_addresses(bound) {
        println!("Albumen is ready at {address}");
    }
    tracing::info!(%bound, ready_ms, "ready");
}
