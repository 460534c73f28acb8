use chrono::{DateTime, TimeDelta};
use uuid::Uuid;

use super::*;
use crate::{
    Actor, Aggregate, DomainEvent, Metadata, Personal, StreamId,
    album::{
        Album, AlbumAssetsAdded, AlbumAssetsRemoved, AlbumCreated, AlbumDeleted, AlbumDetailsChanged, AlbumEdit,
        AlbumEvent, AlbumMember, AlbumOrder, AlbumRole, AlbumUserRemoved, AlbumUsersAdded, RestoredAlbum,
    },
    asset::{
        Asset, AssetDeletionRequested, AssetKind, AssetRestored, AssetTagged, AssetTrashed, AssetUntagged,
        DetailMatter, DetailsEdited, DetailsWithdrawn, Edit, FavoriteChanged, KeyValueRemoved, KeyValueSet,
        LocatedPosition, Place, Position, RatingEdit, TakenAtEdit, Upload, Visibility, VisibilityChanged,
    },
    user::{ProfileChanged, ProfileEdit, Set, UserDeleted, UserRegistered, UserRemoved},
};

const ID: Uuid = Uuid::from_u128(7);
const OWNER: Uuid = Uuid::from_u128(1);
const FRIEND: Uuid = Uuid::from_u128(2);

/// A stream of its own, of which the positions are 10, 20, 30 …
fn recorded<E: DomainEvent>(kind: crate::StreamKind, events: Vec<E>) -> Vec<Recorded>
where
    AnyEvent: From<E>,
{
    let metadata = Metadata { actor: Actor::Operator, ..Metadata::job("test", "c".to_owned(), None) };
    let one = |(sequence, event): (i64, E)| Recorded {
        position: sequence * 10,
        recorded_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(sequence),
        stream: StreamId { kind, id: ID },
        sequence,
        event: event.into(),
        metadata: metadata.clone(),
    };
    (1..).zip(events).map(one).collect()
}

/// What takes back the event with that number (from 1) of a stream.
fn undo<A: Aggregate>(
    events: Vec<A::Event>,
    number: usize,
    shown: Option<&ShownDetails>,
) -> Result<Reversal, UndoRefusal>
where
    AnyEvent: From<A::Event>,
{
    let stream = recorded(A::KIND, events);
    let all: Vec<&Recorded> = stream.iter().collect();
    reversal(&stream[number - 1], &all, shown)
}

fn picture(number: u128) -> Uuid {
    Uuid::from_u128(100 + number)
}

fn created() -> AlbumEvent {
    AlbumCreated {
        owner: OWNER,
        name: "Summer".to_owned().into(),
        description: "at the lake".to_owned().into(),
        order: AlbumOrder::Ascending,
    }
    .into()
}

fn added(numbers: &[u128]) -> AlbumEvent {
    AlbumAssetsAdded { assets: numbers.iter().copied().map(picture).collect() }.into()
}

fn removed(numbers: &[u128]) -> AlbumEvent {
    AlbumAssetsRemoved { assets: numbers.iter().copied().map(picture).collect() }.into()
}

fn shared() -> AlbumEvent {
    AlbumUsersAdded { users: vec![AlbumMember { user: FRIEND, role: AlbumRole::Viewer }] }.into()
}

fn named(name: &str) -> AlbumEvent {
    AlbumDetailsChanged { name: Some(name.to_owned().into()), description: None }.into()
}

#[test]
fn a_deleted_album_comes_back_whole_and_in_its_order() {
    let history = vec![
        created(),
        added(&[3, 1]),
        shared(),
        named("Winter"),
        added(&[2]),
        removed(&[3]),
        added(&[3]),
        AlbumDeleted {}.into(),
    ];
    let restored = RestoredAlbum {
        name: "Winter".into(),
        description: "at the lake".into(),
        made_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(1),
        users: vec![FRIEND],
        assets: [1, 2, 3].map(picture).to_vec(),
    };
    let command = AlbumCommand::Restore(Box::new(restored));
    assert_eq!(undo::<Album>(history.clone(), 8, None), Ok(Reversal::Album(vec![command.clone()])));
    // The aggregate takes it, and the deletion is no longer there to be taken back.
    let mut album = Album::default();
    history.iter().for_each(|event| album.evolve(event));
    let events = album.decide(command).expect("is restored");
    assert_eq!(events.len(), 2);
    let again = [history, events].concat();
    assert_eq!(undo::<Album>(again.clone(), 8, None), Err(UndoRefusal::NothingLeft));
    assert_eq!(undo::<Album>(again, 9, None), Ok(Reversal::Album(vec![AlbumCommand::Delete])));
}

#[test]
fn an_album_whose_words_were_erased_stays_deleted() {
    let erased = AlbumCreated {
        owner: OWNER,
        name: crate::Personal::Erased,
        description: crate::Personal::Erased,
        order: AlbumOrder::Ascending,
    };
    let history = vec![erased.into(), AlbumDeleted {}.into()];
    assert_eq!(undo::<Album>(history, 2, None), Err(UndoRefusal::Erased));
}

#[test]
fn nothing_of_a_deleted_album_is_taken_back_before_its_deletion() {
    let history = vec![created(), named("Winter"), AlbumDeleted {}.into()];
    assert_eq!(undo::<Album>(history, 2, None), Err(UndoRefusal::ChangedSince { position: 30 }));
}

#[test]
fn the_contents_of_an_album_go_and_come_back() {
    let remove = AlbumCommand::RemoveAssets(vec![picture(2)]);
    let history = vec![created(), added(&[1, 2]), removed(&[1])];
    assert_eq!(undo::<Album>(history.clone(), 2, None), Ok(Reversal::Album(vec![remove])));
    let add = AlbumCommand::AddAssets(vec![picture(1)]);
    assert_eq!(undo::<Album>(history.clone(), 3, None), Ok(Reversal::Album(vec![add])));
    let all_gone = [history, vec![removed(&[2])]].concat();
    assert_eq!(undo::<Album>(all_gone, 2, None), Err(UndoRefusal::NothingLeft));
}

#[test]
fn members_go_and_come_back_in_their_roles() {
    let gone: AlbumEvent = AlbumUserRemoved { user: FRIEND }.into();
    let history = vec![created(), shared(), gone];
    let back = AlbumCommand::AddUsers(vec![AlbumMember { user: FRIEND, role: AlbumRole::Viewer }]);
    assert_eq!(undo::<Album>(history.clone(), 3, None), Ok(Reversal::Album(vec![back])));
    assert_eq!(undo::<Album>(history, 2, None), Err(UndoRefusal::NothingLeft));
    let put_out = AlbumCommand::RemoveUser { user: FRIEND };
    assert_eq!(undo::<Album>(vec![created(), shared()], 2, None), Ok(Reversal::Album(vec![put_out])));
}

#[test]
fn a_later_name_is_taken_back_first() {
    let history = vec![created(), named("Winter"), named("Spring")];
    assert_eq!(undo::<Album>(history.clone(), 2, None), Err(UndoRefusal::ChangedSince { position: 30 }));
    let back = AlbumEdit { name: Some("Winter".into()), ..AlbumEdit::default() };
    assert_eq!(undo::<Album>(history, 3, None), Ok(Reversal::Album(vec![AlbumCommand::Edit(Box::new(back))])));
}

fn uploaded() -> AssetEvent {
    let upload = Upload {
        owner: OWNER,
        kind: AssetKind::Image,
        file_name: "a.jpg".into(),
        path: "upload/a.jpg".into(),
        size_bytes: 3,
        checksum: "sum".into(),
        file_created_at: DateTime::UNIX_EPOCH,
        file_modified_at: DateTime::UNIX_EPOCH,
        duration_ms: None,
        favorite: false,
        visibility: Visibility::Archive,
        live_photo_video: None,
        sidecar_path: None,
    };
    Asset::default().decide(AssetCommand::Upload(Box::new(upload))).expect("uploads").remove(0)
}

#[test]
fn the_trash_is_left_until_nothing_can_be() {
    let trashed: AssetEvent = AssetTrashed {}.into();
    let history = vec![uploaded(), trashed.clone()];
    assert_eq!(undo::<Asset>(history.clone(), 2, None), Ok(Reversal::Asset(vec![AssetCommand::Restore])));
    let restored = [history.clone(), vec![AssetRestored {}.into()]].concat();
    assert_eq!(undo::<Asset>(restored.clone(), 3, None), Ok(Reversal::Asset(vec![AssetCommand::Trash])));
    assert_eq!(undo::<Asset>(restored, 2, None), Err(UndoRefusal::ChangedSince { position: 30 }));
    let given_up = [history, vec![AssetDeletionRequested {}.into()]].concat();
    assert_eq!(undo::<Asset>(given_up.clone(), 2, None), Err(UndoRefusal::Gone));
    assert_eq!(undo::<Asset>(given_up, 3, None), Err(UndoRefusal::Gone));
}

#[test]
fn marks_are_what_they_were_before() {
    let favorite = |favorite| -> AssetEvent { FavoriteChanged { favorite }.into() };
    let back = |edit| Ok(Reversal::Asset(vec![AssetCommand::Edit(Box::new(edit))]));
    let expected = Edit { favorite: Some(false), ..Edit::default() };
    assert_eq!(undo::<Asset>(vec![uploaded(), favorite(true)], 2, None), back(expected));
    let seen: AssetEvent = VisibilityChanged { visibility: Visibility::Timeline }.into();
    let expected = Edit { visibility: Some(Visibility::Archive), ..Edit::default() };
    assert_eq!(undo::<Asset>(vec![uploaded(), seen, favorite(true)], 2, None), back(expected));
}

#[test]
fn tags_go_and_come_back() {
    let (one, two) = (Uuid::from_u128(31), Uuid::from_u128(32));
    let tagged: AssetEvent = AssetTagged { tags: vec![one, two] }.into();
    let untagged: AssetEvent = AssetUntagged { tags: vec![one] }.into();
    let history = vec![uploaded(), tagged, untagged];
    let asked = |command| Ok(Reversal::Asset(vec![command]));
    assert_eq!(undo::<Asset>(history.clone(), 2, None), asked(AssetCommand::Untag(vec![two])));
    assert_eq!(undo::<Asset>(history, 3, None), asked(AssetCommand::Tag(vec![one])));
}

/// Of a file that was read and says nothing else.
fn shown(description: &str) -> ShownDetails {
    ShownDetails {
        is_file_read: true,
        description: description.to_owned(),
        taken_at: TakenAtEdit {
            instant: DateTime::UNIX_EPOCH,
            local: DateTime::UNIX_EPOCH.naive_utc(),
            time_zone: None,
        },
        position: None,
        rating: None,
        lens_model: None,
    }
}

#[test]
fn what_a_person_said_becomes_what_was_shown_before() {
    let shown = shown("from the file");
    let edited = DetailsEdited {
        description: Some("mine".to_owned().into()),
        rating: Some(RatingEdit { stars: Some(5) }),
        lens_model: Some("a lens".into()),
        ..DetailsEdited::default()
    };
    let back =
        Edit { description: Some("from the file".into()), rating: Some(RatingEdit { stars: None }), ..Edit::default() };
    let expected =
        vec![AssetCommand::Edit(Box::new(back)), AssetCommand::WithdrawDetails(vec![DetailMatter::LensModel])];
    let history = vec![uploaded(), edited.into()];
    assert_eq!(undo::<Asset>(history.clone(), 2, Some(&shown)), Ok(Reversal::Asset(expected)));
    let later = DetailsEdited { rating: Some(RatingEdit { stars: Some(1) }), ..DetailsEdited::default() };
    let history = [history, vec![later.into()]].concat();
    let refused = Err(UndoRefusal::ChangedSince { position: 30 });
    assert_eq!(undo::<Asset>(history, 2, Some(&shown)), refused);
}

#[test]
fn nothing_takes_the_place_of_what_a_file_may_say() {
    let unread = ShownDetails { is_file_read: false, ..shown("") };
    let undone = |edited: DetailsEdited| undo::<Asset>(vec![uploaded(), edited.into()], 2, Some(&unread));
    let described = DetailsEdited { description: Some("mine".to_owned().into()), ..DetailsEdited::default() };
    assert_eq!(undone(described), Err(UndoRefusal::Unread));
    let rated = DetailsEdited { rating: Some(RatingEdit { stars: Some(5) }), ..DetailsEdited::default() };
    assert_eq!(undone(rated), Err(UndoRefusal::Unread));
    let dated = DetailsEdited { taken_at: Some(unread.taken_at.clone()), ..DetailsEdited::default() };
    assert_eq!(undone(dated), Err(UndoRefusal::Unread));
    // Of a lens nobody says anything any more, and the file is heard.
    let lens = DetailsEdited { lens_model: Some("a lens".into()), ..DetailsEdited::default() };
    let expected = vec![AssetCommand::WithdrawDetails(vec![DetailMatter::LensModel])];
    assert_eq!(undone(lens), Ok(Reversal::Asset(expected)));
}

#[test]
fn what_was_taken_back_is_said_again() {
    let here = LocatedPosition { position: Position { latitude: 52.5, longitude: 13.4 }, place: Place::default() };
    let edited = |lens_model: &str| -> AssetEvent {
        let position = Some(here.clone().into());
        DetailsEdited { position, lens_model: Some(lens_model.into()), ..DetailsEdited::default() }.into()
    };
    let withdrawn = |matters: &[DetailMatter]| -> AssetEvent { DetailsWithdrawn { matters: matters.to_vec() }.into() };
    let both = [DetailMatter::Position, DetailMatter::LensModel];
    let again = Edit { position: Some(here.clone()), lens_model: Some("new".into()), ..Edit::default() };
    let history = vec![uploaded(), edited("old"), edited("new"), withdrawn(&both)];
    assert!(is_reversible(&history[3].clone().into()));
    let back = Ok(Reversal::Asset(vec![AssetCommand::Edit(Box::new(again))]));
    assert_eq!(undo::<Asset>(history.clone(), 4, None), back);

    let later = |event| [history.clone(), vec![event]].concat();
    let refused = Err(UndoRefusal::ChangedSince { position: 50 });
    assert_eq!(undo::<Asset>(later(edited("later")), 4, None), refused);
    assert_eq!(undo::<Asset>(later(withdrawn(&[DetailMatter::LensModel])), 4, None), refused);
    // Of the lens nothing was said any more by then.
    let lens_first = vec![uploaded(), edited("new"), withdrawn(&[DetailMatter::LensModel]), withdrawn(&both)];
    let place = Edit { position: Some(here.clone()), ..Edit::default() };
    assert_eq!(undo::<Asset>(lens_first, 4, None), Ok(Reversal::Asset(vec![AssetCommand::Edit(Box::new(place))])));
    assert_eq!(undo::<Asset>(vec![uploaded(), withdrawn(&both)], 2, None), Err(UndoRefusal::NothingLeft));
    let erased = DetailsEdited { position: Some(Personal::Erased), ..DetailsEdited::default() };
    let history = vec![uploaded(), erased.into(), withdrawn(&[DetailMatter::Position])];
    assert_eq!(undo::<Asset>(history, 3, None), Err(UndoRefusal::Erased));
}

#[test]
fn clients_values_go_and_come_back() {
    let value = serde_json::Map::from_iter([("a".to_owned(), 1.into())]);
    let set: AssetEvent = KeyValueSet { key: "k".into(), value: value.clone().into() }.into();
    let remove = AssetCommand::RemoveKeyValue { key: "k".into() };
    assert_eq!(undo::<Asset>(vec![uploaded(), set.clone()], 2, None), Ok(Reversal::Asset(vec![remove])));
    let gone: AssetEvent = KeyValueRemoved { key: "k".into() }.into();
    let back = AssetCommand::SetKeyValue { key: "k".into(), value };
    assert_eq!(undo::<Asset>(vec![uploaded(), set, gone], 3, None), Ok(Reversal::Asset(vec![back])));
}

#[test]
fn an_account_is_what_it_was() {
    let registered = UserRegistered {
        email: "a@b.c".to_owned().into(),
        name: "Ada".to_owned().into(),
        password_hash: None,
        is_admin: false,
        is_first_admin: false,
        storage_label: None,
        quota_bytes: None,
        avatar_color: None,
        should_change_password: false,
    };
    let changed = ProfileChanged {
        name: Some("Eve".to_owned().into()),
        quota_bytes: Some(Set { value: Some(7) }),
        ..ProfileChanged::default()
    };
    let history: Vec<UserEvent> = vec![registered.into(), changed.into(), UserDeleted { immediate: false }.into()];
    let back = ProfileEdit { name: Some("Ada".into()), quota_bytes: Some(None), ..ProfileEdit::default() };
    let back = UserCommand::Edit(Box::new(back));
    assert_eq!(undo::<crate::user::User>(history.clone(), 2, None), Ok(Reversal::User(back)));
    assert_eq!(undo::<crate::user::User>(history.clone(), 3, None), Ok(Reversal::User(UserCommand::Restore)));
    assert_eq!(undo::<crate::user::User>(history.clone(), 1, None), Err(UndoRefusal::NotReversible));
    let gone = [history, vec![UserRemoved {}.into()]].concat();
    assert_eq!(undo::<crate::user::User>(gone, 3, None), Err(UndoRefusal::Gone));
}
