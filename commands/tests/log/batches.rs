//! One command to many aggregates.

use albumen_commands::{CommandError, Commands, Context, Joint};
use albumen_domain::{
    Recorded,
    asset::{Asset, AssetCommand, AssetRefusal, CHECKSUM_CLAIM, Edit, Visibility},
    person::{NewPerson, Person, PersonCommand, PersonRefusal},
};
use serde_json::Map;
use uuid::Uuid;

use crate::support::{Database, Outcome, ask, assert_contiguous, read_all, upload_any, upload_of};

const OWNER: Uuid = Uuid::from_u128(1);

async fn ask_many(commands: &Commands, asked: Vec<(Uuid, AssetCommand)>) -> Outcome {
    commands.execute_many::<Asset>(asked, &Context::operator()).await
}

fn upload_command(checksum: &str) -> AssetCommand {
    AssetCommand::Upload(Box::new(upload_of(OWNER, checksum)))
}

fn favorite(favorite: bool) -> AssetCommand {
    AssetCommand::Edit(Box::new(Edit { favorite: Some(favorite), ..Edit::default() }))
}

/// A life in commands; some change nothing.
fn life() -> Vec<AssetCommand> {
    let edit = Edit {
        description: Some("at the lake".to_owned()),
        favorite: Some(true),
        visibility: Some(Visibility::Archive),
        ..Edit::default()
    };
    vec![
        upload_command("sum"),
        AssetCommand::Edit(Box::new(edit)),
        favorite(true),
        AssetCommand::SetKeyValue { key: "app".to_owned(), value: Map::new() },
        AssetCommand::LinkLivePhoto { video: Uuid::from_u128(5) },
        AssetCommand::UnlinkLivePhoto,
        AssetCommand::Trash,
        AssetCommand::Trash,
        AssetCommand::Restore,
        AssetCommand::RemoveKeyValue { key: "app".to_owned() },
        AssetCommand::ReplaceSidecar { path: Some("a.xmp".to_owned()) },
        AssetCommand::RequestDeletion,
        AssetCommand::ConfirmDeletion,
    ]
}

fn without_circumstances(events: &[std::sync::Arc<Recorded>]) -> Vec<String> {
    let told = |event: &Recorded| {
        format!("{} {} {} {}", event.position, event.stream, event.sequence, event.event.to_tagged().expect("JSON"))
    };
    events.iter().map(|event| told(event)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_by_one_and_in_batches_the_same_happens() {
    let id = Uuid::from_u128(2);
    let (singly, batched) = (Database::create().await, Database::create().await);
    let commands = singly.open().await;
    let mut positions = Vec::new();
    for command in life() {
        positions.push(ask(&commands, id, command).await.expect("executes"));
    }
    let batches = batched.open().await;
    let mut batch_positions = Vec::new();
    for command in life() {
        batch_positions.push(ask_many(&batches, vec![(id, command)]).await.expect("executes"));
    }
    assert_eq!(positions, batch_positions);
    let events = without_circumstances(&read_all(&**commands.feed()).await);
    assert_eq!(events.len(), 13, "an edit of three kinds, and two commands that change nothing");
    assert_eq!(events, without_circumstances(&read_all(&**batches.feed()).await));
    let claims = "SELECT count(*) FROM claim";
    assert_eq!((singly.count(claims).await, batched.count(claims).await), (0, 0));

    // All of it at once, of one asset.
    let whole = Database::create().await;
    let at_once = whole.open().await;
    ask_many(&at_once, life().into_iter().map(|command| (id, command)).collect()).await.expect("executes");
    assert_eq!(without_circumstances(&read_all(&**at_once.feed()).await), events);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_refusal_refuses_all() {
    let database = Database::create().await;
    let commands = database.open().await;
    let (one, two, unknown) = (upload_any(&commands).await, upload_any(&commands).await, Uuid::from_u128(404));

    let asked = [one, unknown, two].map(|id| (id, favorite(true)));
    let outcome = ask_many(&commands, asked.to_vec()).await;
    assert!(matches!(outcome, Err(CommandError::Refused(AssetRefusal::Unknown))), "{outcome:?}");

    let (new, copy) = (Uuid::from_u128(2), Uuid::from_u128(3));
    let taken = [(new, upload_command("free")), (copy, upload_command(&one.to_string())), (two, favorite(true))];
    let outcome = ask_many(&commands, taken.to_vec()).await;
    assert!(
        matches!(&outcome, Err(CommandError::Claimed { name: CHECKSUM_CLAIM, holder }) if holder.id == one),
        "{outcome:?}"
    );
    assert_eq!(database.count("SELECT count(*) FROM events").await, 2);
    assert_eq!(database.count("SELECT count(*) FROM claim").await, 2);
    assert_eq!(database.count("SELECT count(*) FROM subject_salt").await, 2);

    // Two copies in the one request.
    let twins = [(new, upload_command("free")), (copy, upload_command("free"))];
    let outcome = ask_many(&commands, twins.to_vec()).await;
    assert!(
        matches!(&outcome, Err(CommandError::Claimed { name: CHECKSUM_CLAIM, holder }) if holder.id == new),
        "{outcome:?}"
    );
    assert_eq!(database.count("SELECT count(*) FROM events").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_asked_is_nothing_done() {
    let database = Database::create().await;
    let commands = database.open().await;
    let id = upload_any(&commands).await;
    for asked in [Vec::new(), vec![(id, AssetCommand::Restore)]] {
        assert_eq!(ask_many(&commands, asked).await.expect("is no error").position, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_at_once() {
    const ASSETS: usize = 10_000;
    let database = Database::create().await;
    let commands = database.open().await;
    let ids: Vec<Uuid> = (0..ASSETS).map(|_| Uuid::new_v4()).collect();
    let uploads = ids.iter().map(|id| (*id, upload_command(&id.to_string()))).collect();
    let uploaded = ask_many(&commands, uploads).await.expect("uploads");
    assert_eq!(uploaded.position, Some(ASSETS as i64));
    let marked = ask_many(&commands, ids.iter().map(|id| (*id, favorite(true))).collect()).await.expect("marks");
    assert_eq!(marked.position, Some(2 * ASSETS as i64));
    // More than memory keeps, so the end comes from there and the rest from the table.
    let events = read_all(&**commands.feed()).await;
    assert_contiguous(events.iter().map(|event| event.position));
    assert_eq!(events.len(), 2 * ASSETS);
    let verified = albumen_commands::log::verify(commands.feed().reader(), |_| {}).await.expect("is whole");
    assert_eq!(verified.events, 2 * ASSETS as i64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_kinds_change_together_or_not_at_all() {
    let database = Database::create().await;
    let commands = database.open().await;
    let (asset, person) = (Uuid::from_u128(2), Uuid::from_u128(3));
    let new = NewPerson { owner: OWNER, name: "Ada".to_owned(), ..NewPerson::default() };
    let create = PersonCommand::Create(Box::new(new));
    let mut joint = Joint::default();
    joint.ask::<Person>(vec![(person, create.clone()), (person, PersonCommand::ChooseFeatureFace { face: asset })]);
    joint.ask::<Asset>(vec![(asset, upload_command("sum"))]);
    let executed = commands.execute_joint(&joint, &Context::operator()).await.expect("executes");
    assert_eq!(executed.position, Some(3));
    let mut joint = Joint::default();
    joint.ask::<Asset>(vec![(asset, favorite(true))]);
    joint.ask::<Person>(vec![(person, create)]);
    let refused = commands.execute_joint(&joint, &Context::operator()).await.expect_err("is refused");
    let refused = match refused {
        CommandError::Refused(refused) => refused,
        other => panic!("{other}"),
    };
    assert_eq!(refused.of::<PersonRefusal>(), Some(&PersonRefusal::Exists));
    assert_eq!(refused.of::<AssetRefusal>(), None);
    assert_eq!(read_all(&**commands.feed()).await.len(), 3, "nothing of it happened");
    let nothing = commands.execute_joint(&Joint::default(), &Context::operator()).await.expect("executes");
    assert_eq!(nothing.position, None);
}
