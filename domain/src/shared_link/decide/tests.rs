use super::*;
use crate::testing::given;

fn asset(number: u128) -> Uuid {
    Uuid::from_u128(100 + number)
}

fn new_link() -> NewSharedLink {
    NewSharedLink {
        owner: Uuid::from_u128(1),
        album: None,
        assets: vec![asset(1), asset(2), asset(1)],
        key: "key".into(),
        key_hash: "hash".into(),
        slug: Some("summer".into()),
        password: None,
        description: None,
        expires_at: None,
        allow_upload: false,
        allow_download: true,
        show_metadata: true,
    }
}

fn created(album: Option<Uuid>) -> SharedLinkEvent {
    SharedLinkCreated {
        owner: Uuid::from_u128(1),
        album,
        key: "key".to_owned().into(),
        key_hash: "hash".into(),
        slug: Some("summer".to_owned().into()),
        password: None,
        description: None,
        expires_at: None,
        allow_upload: false,
        allow_download: true,
        show_metadata: true,
    }
    .into()
}

fn added(assets: &[Uuid]) -> SharedLinkEvent {
    SharedLinkAssetsAdded { assets: assets.to_vec() }.into()
}

fn edit(edit: SharedLinkEdit) -> SharedLinkCommand {
    SharedLinkCommand::Edit(Box::new(edit))
}

fn create(new: NewSharedLink) -> SharedLinkCommand {
    SharedLinkCommand::Create(Box::new(new))
}

#[test]
fn it_shows_each_asset_once_and_an_album_alone() {
    given::<SharedLink>([]).when(create(new_link())).then([created(None), added(&[asset(1), asset(2)])]);
    let album = Some(Uuid::from_u128(7));
    given::<SharedLink>([]).when(create(NewSharedLink { album, ..new_link() })).then([created(album)]);
    let link = given::<SharedLink>([created(album)]);
    assert_eq!(link.when(SharedLinkCommand::AddAssets(vec![asset(1)])).refused(), SharedLinkRefusal::ShowsAlbum);
}

#[test]
fn assets_come_and_go_once() {
    let with_one = || given::<SharedLink>([created(None), added(&[asset(1)])]);
    with_one().when(SharedLinkCommand::AddAssets(vec![asset(1), asset(2)])).then([added(&[asset(2)])]);
    let removed = SharedLinkAssetsRemoved { assets: vec![asset(1)] };
    with_one().when(SharedLinkCommand::RemoveAssets(vec![asset(2), asset(1)])).then([removed.into()]);
    with_one().when(SharedLinkCommand::RemoveAssets(vec![asset(3)])).then([]);
}

#[test]
fn without_metadata_there_are_no_originals() {
    let hidden = NewSharedLink { show_metadata: false, assets: Vec::new(), slug: None, ..new_link() };
    let Ok(events) = SharedLink::default().decide(create(hidden)) else { panic!("it was refused") };
    let [SharedLinkEvent::Created(created_hidden)] = events.as_slice() else { panic!("{events:?}") };
    assert!(!created_hidden.allow_download);
    let hide = SharedLinkEdit { show_metadata: Some(false), ..SharedLinkEdit::default() };
    let changed =
        SharedLinkChanged { show_metadata: Some(false), allow_download: Some(false), ..SharedLinkChanged::default() };
    given::<SharedLink>([created(None)]).when(edit(hide)).then([changed.clone().into()]);
    let allow = SharedLinkEdit { allow_download: Some(true), ..SharedLinkEdit::default() };
    let refused = SharedLinkChanged { allow_download: Some(false), ..SharedLinkChanged::default() };
    given::<SharedLink>([created(None), changed.into()]).when(edit(allow)).then([refused.into()]);
}

#[test]
fn what_is_not_named_stays() {
    given::<SharedLink>([created(None)]).when(edit(SharedLinkEdit::default())).then([]);
    let same = SharedLinkEdit { slug: Some(Some("summer".into())), ..SharedLinkEdit::default() };
    given::<SharedLink>([created(None)]).when(edit(same)).then([]);
    let open = SharedLinkEdit { password: Some(None), expires_at: Some(None), ..SharedLinkEdit::default() };
    let changed = SharedLinkChanged {
        password: Some(Set { value: None }),
        expires_at: Some(Set { value: None }),
        ..SharedLinkChanged::default()
    };
    given::<SharedLink>([created(None)]).when(edit(open)).then([changed.into()]);
}

#[test]
fn a_slug_is_taken_and_given_back() {
    let mut link = SharedLink::default();
    assert_eq!(link.claims(Uuid::nil(), &created(None)), [Claim::take(SLUG_CLAIM, *b"summer")]);
    link.evolve(&created(None));
    let slug = Set { value: Some("winter".to_owned().into()) };
    let renamed = SharedLinkChanged { slug: Some(slug), ..SharedLinkChanged::default() }.into();
    let moved = [Claim::release(SLUG_CLAIM, *b"summer"), Claim::take(SLUG_CLAIM, *b"winter")];
    assert_eq!(link.claims(Uuid::nil(), &renamed), moved);
    link.evolve(&renamed);
    let released = [Claim::release(SLUG_CLAIM, *b"winter")];
    assert_eq!(link.claims(Uuid::nil(), &SharedLinkDeleted {}.into()), released);
}

#[test]
fn what_is_deleted_is_gone() {
    given::<SharedLink>([created(None)]).when(SharedLinkCommand::Delete).then([SharedLinkDeleted {}.into()]);
    for command in [SharedLinkCommand::Delete, SharedLinkCommand::AddAssets(vec![asset(1)])] {
        let gone = given::<SharedLink>([created(None), SharedLinkDeleted {}.into()]);
        assert_eq!(gone.when(command).refused(), SharedLinkRefusal::Unknown);
    }
    let again = given::<SharedLink>([created(None)]).when(create(new_link()));
    assert_eq!(again.refused(), SharedLinkRefusal::Exists);
}
