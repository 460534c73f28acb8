//! Personal values: sealed in the table, open to readers, gone once their keys are.

use std::collections::HashSet;

use albumen_commands::{CommandError, Commands, Context, StoreError, log::verify};
use albumen_domain::{
    AnyEvent, Personal, StreamKind,
    asset::{AssetCommand, AssetEvent, Edit, LocatedPosition, Place, Position},
    user::{AdminSetup, Registration, User, UserCommand, UserEvent},
};
use albumen_schemas::feed::Feed;
use uuid::Uuid;

use crate::support::{Database, Outcome, ask, eventually, read_all, upload, upload_any};

const ADA: Uuid = Uuid::from_u128(0xada);
const BOB: Uuid = Uuid::from_u128(0xb0b);

async fn register(commands: &Commands, id: Uuid, name: &str) {
    let registration = Registration {
        email: format!("{name}@secret.example"),
        name: format!("{name} of Secret"),
        password_hash: Some(format!("secret hash of {name}")),
        setup: AdminSetup::ByAdmin { is_admin: false },
        storage_label: Some(format!("secret-{name}")),
        quota_bytes: None,
        avatar_color: None,
        should_change_password: false,
    };
    let command = UserCommand::Register(Box::new(registration));
    commands.execute::<User>(id, command, &Context::operator()).await.expect("registers");
}

fn describe(text: &str) -> AssetCommand {
    let place = Place { city: Some("Secretville".to_owned()), ..Place::default() };
    AssetCommand::Edit(Box::new(Edit {
        description: Some(text.to_owned()),
        position: Some(LocatedPosition { position: Position { latitude: 48.858_093, longitude: 2.294_694 }, place }),
        ..Edit::default()
    }))
}

/// Ada and Bob, each with an asset that is described.
async fn populate(commands: &Commands) -> (Uuid, Uuid) {
    let mut assets = Vec::new();
    for (user, name) in [(ADA, "ada"), (BOB, "bob")] {
        register(commands, user, name).await;
        let asset = Uuid::new_v4();
        upload(commands, asset, user, &format!("secret sum of {name}")).await.expect("uploads");
        ask(commands, asset, describe("a secret lake")).await.expect("describes");
        assets.push(asset);
    }
    (assets[0], assets[1])
}

/// Whose personal values can be read: by the ids of their streams.
async fn readable(feed: &impl Feed) -> HashSet<Uuid> {
    let mut readable = HashSet::new();
    for recorded in read_all(feed).await {
        let known = match &recorded.event {
            AnyEvent::User(UserEvent::Registered(registered)) => registered.email.known().is_some(),
            AnyEvent::Asset(AssetEvent::Uploaded(uploaded)) => uploaded.file_name.known().is_some(),
            AnyEvent::Asset(AssetEvent::DetailsEdited(edited)) => {
                edited.description.as_ref().is_some_and(|text| *text == Personal::Known("a secret lake".to_owned()))
            }
            event => panic!("not written here: {event:?}"),
        };
        if known {
            readable.insert(recorded.stream.id);
        }
    }
    readable
}

fn is_refused_as_erased(outcome: &Outcome) -> bool {
    matches!(outcome, Err(CommandError::Store(StoreError::Erased(_))))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tables_hold_nothing_personal_in_plain() {
    let database = Database::create().await;
    let commands = database.open().await;
    let (ada_asset, bob_asset) = populate(&commands).await;
    let client = database.client().await;
    for table in ["events", "claim", "owner_key", "subject_salt", "log_head"] {
        let query = format!("SELECT t::text FROM {table} AS t");
        for row in client.query(&query, &[]).await.expect("reads") {
            let text: String = row.get(0);
            // The checksum stands in `path` and `checksum`, which are not personal.
            let text = text.replace("secret sum of", "").to_lowercase();
            for personal in ["secret", "private", "lake", "48.858", "2.294", "@"] {
                assert!(!text.contains(personal), "{table} holds {personal:?}: {text}");
            }
        }
    }
    // Another process opens all of it from the table.
    let everybody = HashSet::from([ADA, BOB, ada_asset, bob_asset]);
    assert_eq!(readable(&**database.open().await.feed()).await, everybody);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_asset_reads_as_erased_everywhere() {
    let database = Database::create().await;
    let (writer, other) = (database.open().await, database.open().await);
    let (ada_asset, bob_asset) = populate(&writer).await;
    // Both have read it: one from memory, one with keys that are now in memory.
    let everybody = HashSet::from([ADA, BOB, ada_asset, bob_asset]);
    assert_eq!(readable(&**writer.feed()).await, everybody);
    assert_eq!(readable(&**other.feed()).await, everybody);

    writer.keyring().erase_subject(ada_asset).await.expect("erases");

    let left = HashSet::from([ADA, BOB, bob_asset]);
    assert_eq!(readable(&**writer.feed()).await, left, "at once where it was erased");
    eventually("the other process hears of it", async || readable(&**other.feed()).await == left).await;
    assert_eq!(readable(&**database.open().await.feed()).await, left, "and after a restart");
    verify(other.feed().reader(), |_| {}).await.expect("sealed values are hashed sealed");

    for commands in [&writer, &other] {
        let outcome = ask(commands, ada_asset, describe("anew")).await;
        assert!(is_refused_as_erased(&outcome), "{outcome:?}");
    }
    ask(&other, ada_asset, AssetCommand::Trash).await.expect("nothing personal is in it");
    ask(&other, bob_asset, describe("anew")).await.expect("is not concerned");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_owner_takes_everything_of_theirs_along() {
    let database = Database::create().await;
    let (writer, other) = (database.open().await, database.open().await);
    let (ada_asset, bob_asset) = populate(&writer).await;
    readable(&**other.feed()).await;

    writer.keyring().erase_owner(ADA).await.expect("erases");

    let left = HashSet::from([BOB, bob_asset]);
    assert_eq!(readable(&**writer.feed()).await, left);
    eventually("the other process hears of it", async || readable(&**other.feed()).await == left).await;
    verify(other.feed().reader(), |_| {}).await.expect("sealed values are hashed sealed");

    for commands in [&writer, &other] {
        let outcome = ask(commands, ada_asset, describe("anew")).await;
        assert!(is_refused_as_erased(&outcome), "{outcome:?}");
        let outcome = upload(commands, Uuid::new_v4(), ADA, "another").await;
        assert!(is_refused_as_erased(&outcome), "{outcome:?}");
    }
    let keys_left = database.count("SELECT count(*) FROM owner_key WHERE wrapped_key IS NOT NULL").await;
    assert_eq!(keys_left, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_erased_before_it_existed_stays_erased() {
    let database = Database::create().await;
    let commands = database.open().await;
    let id = Uuid::new_v4();
    commands.keyring().erase_subject(id).await.expect("erases");
    let outcome = upload(&commands, id, ADA, "sum").await;
    assert!(is_refused_as_erased(&outcome), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_master_key_is_told_at_once() {
    let database = Database::create().await;
    upload_any(&database.open().await).await;
    let Err(error) = database.open_with(&[8; 32]).await else { panic!("it opened") };
    assert!(matches!(error, StoreError::Keys(_)), "{error}");
    assert!(error.to_string().contains("put back the key file"), "{error}");
}

/// First uploads of a new owner race for the owner's key: all of them have to be readable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_first_uploads_agree_on_their_owners_key() {
    let database = Database::create().await;
    let processes = [database.open().await, database.open().await];
    let uploading = (0..32).map(|number: usize| {
        let commands = processes[number % processes.len()].clone();
        async move { upload(&commands, Uuid::new_v4(), ADA, &number.to_string()).await }
    });
    for outcome in futures::future::join_all(uploading).await {
        outcome.expect("is tried again with the key that won");
    }
    assert_eq!(readable(&**database.open().await.feed()).await.len(), 32);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_cannot_be_moved_to_another_stream() {
    let database = Database::create().await;
    let commands = database.open().await;
    let (one, other) = (upload_any(&commands).await, upload_any(&commands).await);
    database
        .execute(&format!(
            "SET session_replication_role = replica;
             UPDATE events SET payload = (SELECT payload FROM events WHERE aggregate_id = '{one}')
             WHERE aggregate_id = '{other}'"
        ))
        .await;
    let error = database.open().await.feed().read(1, 10).await.expect_err("is bound to its stream");
    assert!(error.to_string().contains("event 2 cannot be read"), "{error}");
    let kind = StreamKind::Asset;
    let outcome = ask(&database.open().await, other, AssetCommand::Trash).await;
    let is_corrupt = matches!(&outcome, Err(CommandError::Store(StoreError::Corrupt { stream, .. }))
        if stream.kind == kind && stream.id == other);
    assert!(is_corrupt, "{outcome:?}");
}
