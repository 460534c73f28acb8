use super::*;
use crate::testing::given;

const OWNER: Uuid = Uuid::from_u128(1);
const FRIEND: Uuid = Uuid::from_u128(2);

fn asset(number: u128) -> Uuid {
    Uuid::from_u128(100 + number)
}

fn new_album() -> NewAlbum {
    NewAlbum {
        owner: OWNER,
        name: "Summer".into(),
        description: String::new(),
        order: AlbumOrder::Descending,
        users: Vec::new(),
        assets: Vec::new(),
    }
}

fn created() -> AlbumEvent {
    AlbumCreated {
        owner: OWNER,
        name: "Summer".to_owned().into(),
        description: String::new().into(),
        order: AlbumOrder::Descending,
    }
    .into()
}

fn added(assets: &[Uuid]) -> AlbumEvent {
    AlbumAssetsAdded { assets: assets.to_vec() }.into()
}

fn shared(user: Uuid, role: AlbumRole) -> AlbumEvent {
    AlbumUsersAdded { users: vec![AlbumMember { user, role }] }.into()
}

fn edit(edit: AlbumEdit) -> AlbumCommand {
    AlbumCommand::Edit(Box::new(edit))
}

#[test]
fn an_album_is_born_with_its_members_and_assets() {
    let owner = AlbumMember { user: OWNER, role: AlbumRole::Owner };
    let friend = AlbumMember { user: FRIEND, role: AlbumRole::Viewer };
    let assets = vec![asset(1), asset(2), asset(1)];
    let new = NewAlbum { users: vec![owner, friend, friend], assets, ..new_album() };
    given::<Album>([]).when(AlbumCommand::Create(Box::new(new))).then([
        created(),
        added(&[asset(1), asset(2)]),
        shared(FRIEND, AlbumRole::Viewer),
    ]);
}

#[test]
fn nothing_can_be_asked_of_the_unborn_and_the_deleted() {
    assert_eq!(given::<Album>([]).when(AlbumCommand::Delete).refused(), AlbumRefusal::Unknown);
    let history = [created(), AlbumDeleted {}.into()];
    let refusal = given::<Album>(history.clone()).when(AlbumCommand::AddAssets(vec![asset(1)])).refused();
    assert_eq!(refusal.to_string(), "Album not found");
    let again = given::<Album>(history).when(AlbumCommand::Create(Box::new(new_album()))).refused();
    assert_eq!(again, AlbumRefusal::Exists);
}

#[test]
fn an_asset_is_in_it_once() {
    given::<Album>([created(), added(&[asset(1)])])
        .when(AlbumCommand::AddAssets(vec![asset(1), asset(2), asset(2)]))
        .then([added(&[asset(2)])]);
    given::<Album>([created(), added(&[asset(1)])]).when(AlbumCommand::AddAssets(vec![asset(1)])).then([]);
}

#[test]
fn only_what_is_in_it_goes_out_of_it() {
    let removed = |assets: &[Uuid]| -> AlbumEvent { AlbumAssetsRemoved { assets: assets.to_vec() }.into() };
    given::<Album>([created(), added(&[asset(1), asset(2)])])
        .when(AlbumCommand::RemoveAssets(vec![asset(2), asset(3), asset(2)]))
        .then([removed(&[asset(2)])]);
    // And may come back.
    given::<Album>([created(), added(&[asset(1)]), removed(&[asset(1)])])
        .when(AlbumCommand::AddAssets(vec![asset(1)]))
        .then([added(&[asset(1)])]);
}

#[test]
fn ten_thousand_assets_are_one_event() {
    let many: Vec<Uuid> = (0..MAX_ASSETS_PER_EVENT as u128 + 1).map(asset).collect();
    let (first, rest) = many.split_at(MAX_ASSETS_PER_EVENT);
    given::<Album>([created()]).when(AlbumCommand::AddAssets(many.clone())).then([added(first), added(rest)]);
}

#[test]
fn an_edit_says_only_what_changes() {
    let all = AlbumEdit {
        name: Some("Winter".into()),
        order: Some(AlbumOrder::Ascending),
        activity_enabled: Some(true),
        ..AlbumEdit::default()
    };
    given::<Album>([created()]).when(edit(all)).then([
        AlbumDetailsChanged { name: Some("Winter".to_owned().into()), description: None }.into(),
        AlbumSettingsChanged { order: Some(AlbumOrder::Ascending), activity_enabled: None }.into(),
    ]);
    given::<Album>([created()]).when(edit(AlbumEdit::default())).then([]);
}

#[test]
fn the_first_asset_stands_for_it_until_another_is_chosen() {
    let choose = |asset| edit(AlbumEdit { thumbnail: Some(asset), ..AlbumEdit::default() });
    let history = || [created(), added(&[asset(1), asset(2)])];
    given::<Album>(history()).when(choose(asset(1))).then([]);
    given::<Album>(history()).when(choose(asset(2))).then([AlbumThumbnailChosen { asset: asset(2) }.into()]);
    let refusal = given::<Album>(history()).when(choose(asset(3))).refused();
    assert_eq!(refusal.to_string(), "Invalid album thumbnail");
}

#[test]
fn members_are_added_once_and_never_as_owners() {
    let add = |user, role| AlbumCommand::AddUsers(vec![AlbumMember { user, role }]);
    given::<Album>([created()]).when(add(FRIEND, AlbumRole::Editor)).then([shared(FRIEND, AlbumRole::Editor)]);
    given::<Album>([created()]).when(add(OWNER, AlbumRole::Editor)).then([]);
    given::<Album>([created(), shared(FRIEND, AlbumRole::Editor)]).when(add(FRIEND, AlbumRole::Viewer)).then([]);
    let refusal = given::<Album>([created()]).when(add(FRIEND, AlbumRole::Owner)).refused();
    assert_eq!(refusal.to_string(), "Cannot add another owner");
}

#[test]
fn roles_of_members_change_and_the_owners_does_not() {
    let history = || [created(), shared(FRIEND, AlbumRole::Viewer)];
    let change = |user, role| AlbumCommand::ChangeRole { user, role };
    let changed = AlbumUserRoleChanged { user: FRIEND, role: AlbumRole::Editor };
    given::<Album>(history()).when(change(FRIEND, AlbumRole::Editor)).then([changed.into()]);
    given::<Album>(history()).when(change(FRIEND, AlbumRole::Viewer)).then([]);
    let refused = |user, role| given::<Album>(history()).when(change(user, role)).refused().to_string();
    assert_eq!(refused(OWNER, AlbumRole::Viewer), "User is owner");
    assert_eq!(refused(FRIEND, AlbumRole::Owner), "Cannot add another owner");
    assert_eq!(refused(asset(1), AlbumRole::Viewer), "Album not shared with user");
}

#[test]
fn members_leave_and_the_owner_stays() {
    let history = || [created(), shared(FRIEND, AlbumRole::Viewer)];
    let remove = |user| AlbumCommand::RemoveUser { user };
    given::<Album>(history()).when(remove(FRIEND)).then([AlbumUserRemoved { user: FRIEND }.into()]);
    let refused = |user| given::<Album>(history()).when(remove(user)).refused().to_string();
    assert_eq!(refused(OWNER), "Cannot remove the last album owner");
    assert_eq!(refused(asset(1)), "Album not shared with user");
}

#[test]
fn what_members_write_is_the_albums() {
    let mut album = Album::default();
    album.evolve(&created());
    let id = Uuid::from_u128(9);
    let described = AlbumDetailsChanged { name: None, description: Some("at the lake".to_owned().into()) };
    assert_eq!(album.subject(id, &described.into()), Subject { id, owner: OWNER });
}

#[test]
fn a_deleted_album_comes_back_with_what_is_still_there() {
    let restore = |users: &[Uuid], assets: &[Uuid]| {
        AlbumCommand::Restore(Box::new(RestoredAlbum {
            name: "Summer".into(),
            description: "at the lake".into(),
            made_at: chrono::DateTime::UNIX_EPOCH,
            users: users.to_vec(),
            assets: assets.to_vec(),
        }))
    };
    let chosen: AlbumEvent = AlbumThumbnailChosen { asset: asset(2) }.into();
    let quiet: AlbumEvent = AlbumSettingsChanged { order: None, activity_enabled: Some(false) }.into();
    let alive = || {
        let assets = added(&[asset(1), asset(2), asset(3)]);
        vec![created(), shared(FRIEND, AlbumRole::Editor), assets, chosen.clone(), quiet.clone()]
    };
    let deleted = || [alive(), vec![AlbumDeleted {}.into()]].concat();
    let restored = |thumbnail, users| AlbumRestored {
        owner: OWNER,
        name: "Summer".to_owned().into(),
        description: "at the lake".to_owned().into(),
        order: AlbumOrder::Descending,
        activity_enabled: false,
        thumbnail,
        users,
        made_at: chrono::DateTime::UNIX_EPOCH,
    };
    let friend = AlbumMember { user: FRIEND, role: AlbumRole::Editor };
    given::<Album>(deleted())
        .when(restore(&[FRIEND, asset(9)], &[asset(3), asset(2), asset(9), asset(3)]))
        .then([restored(Some(asset(2)), vec![friend]).into(), added(&[asset(3), asset(2)])]);
    given::<Album>(deleted()).when(restore(&[], &[])).then([restored(None, vec![]).into()]);
    assert_eq!(given::<Album>(alive()).when(restore(&[], &[])).refused(), AlbumRefusal::NotDeleted);
    assert_eq!(given::<Album>([]).when(restore(&[], &[])).refused(), AlbumRefusal::Unknown);
    // It takes what it is asked again, and can be deleted once more.
    let history = || [deleted(), vec![restored(None, vec![]).into()]].concat();
    given::<Album>(history()).when(AlbumCommand::AddAssets(vec![asset(1)])).then([added(&[asset(1)])]);
    given::<Album>(history()).when(AlbumCommand::Delete).then([AlbumDeleted {}.into()]);
}
