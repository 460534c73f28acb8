//! A log, a stand-in, and mirrors between them.

use std::{collections::HashMap, sync::Arc, time::Duration};

use albumen_commands::{
    Commands,
    copies::{CopyReport, CopyState, Destination, copy_report},
    log::StoredEvent,
};
use albumen_domain::asset::AssetCommand;
use albumen_eventstoredb::{Address, CopiedEvent, Mirror, event_id, stream_name};
use tokio::sync::OnceCell;

use crate::{
    server::{Event, Server},
    support::{Database, ask, eventually, upload_any},
};

/// For a mirror that is cut off again and again and waits half a second each time.
const PATIENCE: Duration = Duration::from_secs(60);

static CRYPTOGRAPHY: OnceCell<()> = OnceCell::const_new();

pub struct Scene {
    pub database: Database,
    pub commands: Commands,
    pub server: Arc<Server>,
}

impl Scene {
    pub async fn set() -> Self {
        CRYPTOGRAPHY
            .get_or_init(|| async { albumen_eventstoredb::install_cryptography().await.expect("installs") })
            .await;
        let database = Database::create().await;
        let commands = database.open().await;
        Self { database, commands, server: Server::start().await }
    }

    /// A process that mirrors, or waits to.
    pub fn mirror(&self) -> Mirror {
        let address = Address::parse(&self.server.address()).expect("an address");
        Mirror::start(address, &self.database.config(), self.commands.feed().clone())
    }

    /// Some pictures, each with a few events, in turns.
    pub async fn write(&self, pictures: usize, turns: usize) {
        let mut assets = Vec::new();
        for _ in 0..pictures {
            assets.push(upload_any(&self.commands).await);
        }
        for _ in 0..turns {
            for asset in &assets {
                ask(&self.commands, *asset, AssetCommand::Trash).await.expect("goes into the trash");
            }
            for asset in &assets {
                ask(&self.commands, *asset, AssetCommand::Restore).await.expect("comes out of it");
            }
        }
    }

    pub async fn log(&self) -> Vec<StoredEvent> {
        self.commands.feed().reader().stored(0, 1_000_000).await.expect("reads")
    }

    pub async fn head(&self) -> i64 {
        self.commands.feed().reader().head().await.expect("reads")
    }

    pub async fn report(&self) -> CopyReport {
        copy_report(&self.database.client().await, Destination::EventStoreDb).await.expect("reads")
    }

    /// Waits until the mirror says that it has everything.
    pub async fn caught_up(&self, mirror: &Mirror) {
        let head = self.head().await;
        let state = mirror.state();
        let waiting = async {
            while !matches!(*state.borrow(), CopyState::Leading { position, .. } if position >= head) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let outcome = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(outcome.is_ok(), "not caught up with {head}: {:?}", *state.borrow());
    }

    /// Waits until the mirror says what keeps it, and answers with that.
    pub async fn stands_still(&self, mirror: &Mirror) -> String {
        let state = mirror.state();
        let problem = || match &*state.borrow() {
            CopyState::Leading { problem, .. } => problem.clone(),
            _ => None,
        };
        eventually("the mirror stands still", async || problem().is_some()).await;
        problem().expect("stands still")
    }

    /// Fails unless every stream of the mirror is that of the log, in order, once, byte by byte.
    pub async fn assert_equal(&self) {
        let log = self.log().await;
        let store = self.server.store();
        let ours: Vec<&Event> = store.all.iter().filter(|event| event.kind != "foreign-thing").collect();
        assert_eq!(ours.len(), log.len(), "as many events as the log has");
        let mut expected: HashMap<String, Vec<&StoredEvent>> = HashMap::new();
        for event in &log {
            expected.entry(stream_name(event)).or_default().push(event);
        }
        let hash_at: HashMap<i64, String> =
            log.iter().map(|event| (event.position, hexadecimal(&event.hash))).collect();
        for (stream, events) in expected {
            let found = store.stream(&stream);
            let ids: Vec<_> = found.iter().map(|event| event.id).collect();
            assert_eq!(ids, events.iter().map(|event| event_id(event)).collect::<Vec<_>>(), "{stream}");
            for (found, event) in found.into_iter().zip(events) {
                assert_same(found, event, &hash_at);
            }
        }
    }

    /// The order of the mirror over all its streams.
    pub fn positions(&self) -> Vec<i64> {
        self.server
            .store()
            .all
            .iter()
            .filter(|event| event.kind != "foreign-thing")
            .map(|event| copied(event).position)
            .collect()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.server.end();
    }
}

fn copied(event: &Event) -> CopiedEvent {
    serde_json::from_slice(&event.metadata).expect("our metadata")
}

fn assert_same(found: &Event, event: &StoredEvent, hash_at: &HashMap<i64, String>) {
    assert_eq!(found.data, event.payload.as_bytes(), "the payload, byte by byte");
    assert_eq!((&found.kind, found.content_type.as_str()), (&event.name, "application/json"));
    let copied = copied(found);
    assert_eq!(copied.metadata.get(), event.metadata, "the metadata, byte by byte");
    assert_eq!((copied.position, copied.sequence), (event.position, event.sequence));
    assert_eq!((&copied.version, copied.recorded_at), (&event.version, event.recorded_at.timestamp_micros()));
    assert_eq!(copied.hash, hexadecimal(&event.hash));
    let before = hash_at.get(&(event.position - 1)).cloned().unwrap_or_else(|| "0".repeat(64));
    assert_eq!(copied.previous, before, "the hash before it");
}

fn hexadecimal(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
