//! What is asked in a history, and how often.

use albumen_domain::{
    album::{AlbumEdit, AlbumOrder, AlbumRole},
    api_key::ApiKeyChanged,
    asset::{AssetCommand, DetailMatter, Edit, LocatedPosition, RatingEdit, TakenAtEdit, Visibility},
    erasure::ErasureScope,
    external_library::{ExternalLibraryChanged, ExternalLibraryCommand},
    face::{DecidedBy, FaceSource},
    memory::MemoryEdit,
    notification::{NotificationCommand, NotificationReadChanged},
    person::{NewPerson, PersonEdit},
    processing::Job,
    queue::{QueueCommand, QueueEmptied, QueueName, QueueStarted},
    session::{Device, SessionCommand},
    shared_link::SharedLinkEdit,
    system::{ModelsChosen, ReleaseFound, SystemCommand},
    task::{TaskCommand, TaskFailed, TaskKind},
    text::TextLine,
    user::{AdminSetup, ProfileEdit, Registration, UserCommand},
};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::{option, prelude::*};
use serde_json::{Map, Value, json};

use super::values::{Reading, instants, licenses, places, positions, readings, texts, uploads, visibilities};

/// A request. Numbers choose among what there is by then.
#[derive(Clone, Debug)]
pub enum Step {
    Register(Registration),
    User(usize, UserCommand),
    StartSession(usize, Option<usize>, Device),
    Session(usize, SessionCommand),
    CreateKey(usize, String),
    ChangeKey(usize, ApiKeyChanged),
    RotateKey(usize),
    DeleteKey(usize),
    System(SystemCommand),
    /// By which user, and with which video as its moving half; the owner comes with the choice.
    Upload(usize, Option<usize>, AssetCommand),
    Asset(usize, AssetCommand),
    Link(usize, usize),
    Album(AlbumStep),
    Tag(TagStep),
    Stack(StackStep),
    Sharing(SharingStep),
    People(PeopleStep),
    Memory(MemoryStep),
    /// Text is read on an asset, or none.
    ReadText(usize, Vec<TextLine>),
    Work(WorkStep),
    Queue(QueueName, QueueCommand),
    /// A library of a user's is made.
    CreateLibrary(usize, String),
    Library(usize, ExternalLibraryCommand),
    /// A user is told something.
    Tell(usize, String),
    /// A user does something with what they were told.
    Notification(usize, NotificationCommand),
    /// A task is asked for.
    RequestTask(TaskKind),
    /// Something happens to a task; the attempt comes with the choice.
    Task(usize, TaskCommand),
    Erase(usize, ErasureScope),
}

/// What is asked of albums. Numbers choose among users, albums and assets.
#[derive(Clone, Debug)]
pub enum AlbumStep {
    /// By which user, with which name, users and assets.
    Create(usize, String, AlbumOrder, Vec<(usize, AlbumRole)>, Vec<usize>),
    /// The thumbnail comes with the choice.
    Edit(usize, AlbumEdit, Option<usize>),
    AddAssets(usize, Vec<usize>),
    RemoveAssets(usize, Vec<usize>),
    AddUser(usize, usize, AlbumRole),
    ChangeRole(usize, usize, AlbumRole),
    RemoveUser(usize, usize),
    Delete(usize),
    /// With which name, users and assets.
    Restore(usize, String, Vec<usize>, Vec<usize>),
}

/// What is asked of persons and faces. Numbers choose among users, persons, faces and assets.
#[derive(Clone, Debug)]
pub enum PeopleStep {
    /// The owner comes with the choice.
    Create(usize, NewPerson),
    Edit(usize, PersonEdit),
    Feature(usize, usize),
    Merge(usize, usize),
    DeletePerson(usize),
    /// On which asset, whose, found by whom, and where its corner is.
    AddFace(usize, Option<usize>, FaceSource, (i32, i32)),
    Assign(usize, usize, DecidedBy),
    Unassign(usize, DecidedBy),
    RemoveFace(usize),
    DeleteFace(usize),
}

/// What is asked of memories. Numbers choose among users, memories and assets.
#[derive(Clone, Debug)]
pub enum MemoryStep {
    /// Whose, of which year, recalling when, from when to when, whether kept, and of which assets.
    Create(usize, i32, DateTime<Utc>, [Option<DateTime<Utc>>; 2], bool, Vec<usize>),
    Edit(usize, MemoryEdit),
    AddAssets(usize, Vec<usize>),
    RemoveAssets(usize, Vec<usize>),
    Delete(usize),
}

/// What is asked of tags, and of assets about them. Numbers choose among users, tags and assets.
#[derive(Clone, Debug)]
pub enum TagStep {
    /// By which user, under which tag, with which name and colour.
    Create(usize, Option<usize>, String, Option<String>),
    Color(usize, Option<String>),
    Delete(usize),
    Tag(usize, Vec<usize>),
    Untag(usize, Vec<usize>),
    /// The file of an asset names these.
    Read(usize, Vec<usize>),
}

/// What is asked of stacks. Numbers choose among users, stacks and assets.
#[derive(Clone, Debug)]
pub enum StackStep {
    Create(usize, Vec<usize>),
    AddAssets(usize, Vec<usize>),
    ChoosePrimary(usize, usize),
    TakeOut(usize, usize),
    Lose(usize, Vec<usize>),
    Delete(usize),
}

/// What is said of a new link.
#[derive(Clone, Debug)]
pub struct LinkWords {
    pub slug: Option<String>,
    pub password: Option<String>,
    pub description: Option<String>,
    pub expires_at: Option<DateTime<Utc>>,
    pub flags: (bool, bool, bool),
}

/// What is asked of sharing. Numbers choose among users, partnerships, links, albums and assets.
#[derive(Clone, Debug)]
pub enum SharingStep {
    /// Who shares, and with whom.
    BeginPartnership(usize, usize),
    ShowInTimeline(usize, bool),
    EndPartnership(usize),
    /// By which user, to which album or which assets.
    CreateLink(usize, Option<usize>, Vec<usize>, LinkWords),
    EditLink(usize, SharedLinkEdit),
    AddToLink(usize, Vec<usize>),
    RemoveFromLink(usize, Vec<usize>),
    DeleteLink(usize),
    /// By which user, about which album and asset; without words it is a like.
    Say(usize, usize, Option<usize>, Option<String>),
    Unsay(usize),
}

/// What workers and those who call them do.
#[derive(Clone, Debug)]
pub enum WorkStep {
    /// A job is to be done again.
    Request(usize, Job),
    /// What is to be done is answered; as of an older revision by so many positions.
    Answer(usize, i64, Outcome),
    /// An answer comes for an asset that did not ask, or no longer does.
    Unasked(usize, Job, Outcome),
}

/// What an attempt comes to.
#[derive(Clone, Debug)]
pub enum Outcome {
    Done { reading: Box<Reading>, size: (i32, i32), thumbhash: Option<[u8; 6]>, fullsize: bool },
    Failed { reason: String, retry_after_s: Option<i64> },
}

/// A step, and how long after the one before it.
pub fn steps() -> impl Strategy<Value = (i64, Step)> {
    let gaps_ms = prop_oneof![3 => Just(0), 3 => 1..5_000i64, 1 => 0..400_000_000i64];
    (gaps_ms, step())
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0..1_000usize;
    prop_oneof![
        2 => registrations().prop_map(Step::Register),
        9 => (which.clone(), user_commands()).prop_map(|(who, command)| Step::User(who, command)),
        4 => (which.clone(), option::of(which.clone()), devices()).prop_map(|(a, b, c)| Step::StartSession(a, b, c)),
        5 => (which.clone(), session_commands()).prop_map(|(which, command)| Step::Session(which, command)),
        2 => (which.clone(), texts()).prop_map(|(who, name)| Step::CreateKey(who, name)),
        2 => (which.clone(), key_changes()).prop_map(|(which, change)| Step::ChangeKey(which, change)),
        1 => which.clone().prop_map(Step::DeleteKey),
        1 => which.clone().prop_map(Step::RotateKey),
        6 => system_commands().prop_map(Step::System),
        22 => (which.clone(), option::weighted(0.1, which.clone()), uploads())
            .prop_map(|(who, video, upload)| Step::Upload(who, video, AssetCommand::Upload(Box::new(upload)))),
        36 => (which.clone(), asset_commands()).prop_map(|(which, command)| Step::Asset(which, command)),
        3 => (which.clone(), which.clone()).prop_map(|(photo, video)| Step::Link(photo, video)),
        30 => album_steps().prop_map(Step::Album),
        18 => tag_steps().prop_map(Step::Tag),
        10 => stack_steps().prop_map(Step::Stack),
        22 => sharing_steps().prop_map(Step::Sharing),
        32 => people_steps().prop_map(Step::People),
        14 => memory_steps().prop_map(Step::Memory),
        10 => (which.clone(), super::texts::lines()).prop_map(|(asset, lines)| Step::ReadText(asset, lines)),
        33 => work_steps().prop_map(Step::Work),
        8 => queue_commands().prop_map(|(queue, command)| Step::Queue(queue, command)),
        2 => tasks().prop_map(Step::RequestTask),
        2 => (which.clone(), texts()).prop_map(|(who, name)| Step::CreateLibrary(who, name)),
        3 => (which.clone(), library_commands()).prop_map(|(which, command)| Step::Library(which, command)),
        3 => (which.clone(), texts()).prop_map(|(who, title)| Step::Tell(who, title)),
        3 => (which.clone(), notification_commands()).prop_map(|(which, command)| Step::Notification(which, command)),
        4 => (which.clone(), task_commands()).prop_map(|(which, command)| Step::Task(which, command)),
        2 => which.clone().prop_map(|which| Step::Erase(which, ErasureScope::Subject)),
        1 => which.prop_map(|which| Step::Erase(which, ErasureScope::Owner)),
    ]
}

fn registrations() -> impl Strategy<Value = Registration> {
    (texts(), any::<bool>(), option::of(0..1i64 << 40), option::of(texts())).prop_map(
        |(name, is_admin, quota_bytes, avatar_color)| Registration {
            // The historian puts a number in front, since addresses and labels are claimed.
            email: "@Example.org".to_owned(),
            name,
            password_hash: is_admin.then(|| "hash".to_owned()),
            setup: AdminSetup::ByAdmin { is_admin },
            storage_label: quota_bytes.map(|_| "label".to_owned()),
            quota_bytes,
            avatar_color,
            should_change_password: !is_admin,
        },
    )
}

fn user_commands() -> impl Strategy<Value = UserCommand> {
    prop_oneof![
        4 => profile_edits().prop_map(|edit| UserCommand::Edit(Box::new(edit))),
        1 => (texts(), any::<bool>()).prop_map(|(password_hash, should_change_password)| {
            UserCommand::ChangePassword { password_hash, should_change_password }
        }),
        1 => option::of(texts()).prop_map(|pin_hash| UserCommand::SetPin { pin_hash }),
        1 => objects().prop_map(UserCommand::SetPreferences),
        1 => any::<bool>().prop_map(|onboarded| UserCommand::SetOnboarding { onboarded }),
        2 => option::of(texts()).prop_map(|path| UserCommand::SetProfileImage { path }),
        2 => licenses().prop_map(UserCommand::License),
        2 => Just(UserCommand::RemoveLicense),
        2 => any::<bool>().prop_map(|immediate| UserCommand::Delete { immediate }),
        1 => Just(UserCommand::Restore),
        1 => Just(UserCommand::ConfirmRemoval),
    ]
}

fn profile_edits() -> impl Strategy<Value = ProfileEdit> {
    let second = (option::of(any::<bool>()), option::of(any::<bool>()), option::of(option::of(texts())));
    (option::of(Just("@Example.net".to_owned())), option::of(texts()), option::of(option::of(0..1i64 << 40)), second)
        .prop_map(|(email, name, quota_bytes, (is_admin, should_change_password, avatar_color))| ProfileEdit {
            email,
            name,
            storage_label: is_admin.map(|is_admin| is_admin.then(|| "other".to_owned())),
            quota_bytes,
            avatar_color,
            is_admin,
            should_change_password,
        })
}

fn devices() -> impl Strategy<Value = Device> {
    (texts(), texts(), option::of(texts())).prop_map(|(device_type, device_os, app_version)| Device {
        device_type,
        device_os,
        app_version,
    })
}

fn session_commands() -> impl Strategy<Value = SessionCommand> {
    prop_oneof![
        devices().prop_map(SessionCommand::See),
        instants().prop_map(|until| SessionCommand::Unlock { until }),
        Just(SessionCommand::Lock),
        any::<bool>().prop_map(|pending| SessionCommand::SetSyncReset { pending }),
        Just(SessionCommand::End),
    ]
}

fn key_changes() -> impl Strategy<Value = ApiKeyChanged> {
    (option::of(texts()), option::of(proptest::collection::vec(texts(), 0..3)))
        .prop_map(|(name, permissions)| ApiKeyChanged { name: name.map(Into::into), permissions })
}

fn system_commands() -> impl Strategy<Value = SystemCommand> {
    prop_oneof![
        (any::<u128>(), 0..3).prop_map(|(id, minor)| {
            let id = uuid::Uuid::from_u128(id);
            let version = format!("3.{minor}.0");
            SystemCommand::InstallVersion(albumen_domain::system::VersionInstalled { id, version })
        }),
        any::<bool>().prop_map(|onboarded| SystemCommand::SetAdminOnboarding { onboarded }),
        licenses().prop_map(SystemCommand::License),
        Just(SystemCommand::RemoveLicense),
        configs().prop_map(SystemCommand::Configure),
        model_choices().prop_map(SystemCommand::ChooseModels),
        models().prop_map(|model| SystemCommand::SwitchSearchModel { model }),
        (0..3, instants(), any::<bool>()).prop_map(|(minor, checked_at, is_first)| {
            let found = ReleaseFound { release_version: format!("v3.{minor}.0"), checked_at };
            SystemCommand::NoteRelease { found, is_first }
        }),
    ]
}

/// Few, so that one is chosen again that was chosen before.
fn models() -> impl Strategy<Value = String> {
    prop_oneof![Just("small".to_owned()), Just("large".to_owned())]
}

fn model_choices() -> impl Strategy<Value = ModelsChosen> {
    let model = || option::weighted(0.8, models());
    (model(), model(), model(), any::<bool>()).prop_map(|(embedding, faces, text, duplicates)| ModelsChosen {
        embedding,
        faces,
        text,
        duplicates,
    })
}

/// What differs from the defaults, now and then with a secret.
fn configs() -> impl Strategy<Value = Map<String, Value>> {
    (texts(), 0..9i64, any::<bool>()).prop_map(|(text, days, has_secret)| {
        let mut config = json!({"trash": {"days": days}, "theme": {"customCss": text}});
        if has_secret {
            config["oauth"] = json!({"clientSecret": text});
        }
        config.as_object().cloned().unwrap_or_default()
    })
}

fn queue_commands() -> impl Strategy<Value = (QueueName, QueueCommand)> {
    let queues = prop_oneof![
        Just(QueueName::MetadataExtraction),
        Just(QueueName::ThumbnailGeneration),
        Just(QueueName::BackgroundTask),
        Just(QueueName::SmartSearch),
        Just(QueueName::FaceDetection),
        Just(QueueName::Ocr),
        Just(QueueName::FacialRecognition),
        Just(QueueName::DuplicateDetection),
    ];
    (queues, any::<bool>(), 0..7).prop_map(|(queue, flag, which)| {
        let command = match which {
            0 => QueueCommand::Pause(queue),
            1 => QueueCommand::Resume(queue),
            2 | 3 => QueueCommand::Start(QueueStarted { queue, all: flag }),
            4 => QueueCommand::Empty(QueueEmptied { queue, failed: flag }),
            5 => QueueCommand::ClearFailures(queue),
            _ => QueueCommand::Reset(queue),
        };
        (queue, command)
    })
}

fn notification_commands() -> impl Strategy<Value = NotificationCommand> {
    prop_oneof![
        2 => option::of(instants())
            .prop_map(|read_at| NotificationCommand::SetRead(NotificationReadChanged { read_at })),
        1 => Just(NotificationCommand::Delete),
    ]
}

fn library_commands() -> impl Strategy<Value = ExternalLibraryCommand> {
    prop_oneof![
        3 => (some(texts()), some(texts())).prop_map(|(name, path)| {
            let import_paths = path.map(|path| vec![path].into());
            let changed = ExternalLibraryChanged { name: name.map(Into::into), import_paths, exclusion_patterns: None };
            ExternalLibraryCommand::Change(changed)
        }),
        1 => Just(ExternalLibraryCommand::Delete),
    ]
}

fn tasks() -> impl Strategy<Value = TaskKind> {
    prop_oneof![Just(TaskKind::TrashCleanup), Just(TaskKind::SessionCleanup)]
}

fn task_commands() -> impl Strategy<Value = TaskCommand> {
    prop_oneof![
        3 => Just(TaskCommand::Start { attempt: 0 }),
        1 => Just(TaskCommand::Finish { attempt: 0 }),
        1 => texts().prop_map(|reason| TaskCommand::Fail(TaskFailed { attempt: 0, reason })),
    ]
}

fn asset_commands() -> impl Strategy<Value = AssetCommand> {
    let keys = || prop_oneof![Just("mobile-app".to_owned()), Just("other".to_owned()), Just("a\0b".to_owned())];
    prop_oneof![
        12 => edits().prop_map(|edit| AssetCommand::Edit(Box::new(edit))),
        3 => prop_oneof![3 => Just(vec![DetailMatter::Position]), 1 => Just(vec![DetailMatter::LensModel])]
            .prop_map(AssetCommand::WithdrawDetails),
        6 => Just(AssetCommand::Trash),
        4 => Just(AssetCommand::Restore),
        2 => Just(AssetCommand::RequestDeletion),
        2 => Just(AssetCommand::ConfirmDeletion),
        1 => Just(AssetCommand::UnlinkLivePhoto),
        4 => (keys(), objects()).prop_map(|(key, value)| AssetCommand::SetKeyValue { key, value }),
        2 => keys().prop_map(|key| AssetCommand::RemoveKeyValue { key }),
        2 => option::of(texts()).prop_map(|path| AssetCommand::ReplaceSidecar { path }),
    ]
}

fn edits() -> impl Strategy<Value = Edit> {
    let taken = (instants(), -12..=14i32).prop_map(|(instant, hours)| TakenAtEdit {
        instant,
        local: instant.naive_utc() + TimeDelta::hours(hours.into()),
        time_zone: Some(format!("UTC{hours:+}")),
    });
    let located = (positions(), places()).prop_map(|(position, place)| LocatedPosition { position, place });
    let rating = option::of(1..=5i16).prop_map(|stars| RatingEdit { stars });
    let visibility = prop_oneof![3 => visibilities(), 1 => Just(Visibility::Timeline)];
    let details = (some(texts()), some(taken), some(located), some(rating), some(texts()));
    let marks = (some(any::<bool>()), some(visibility), some(option::of((0..4u128).prop_map(uuid::Uuid::from_u128))));
    (details, marks).prop_map(
        |((description, taken_at, position, rating, lens_model), (favorite, visibility, duplicate_group))| Edit {
            description,
            taken_at,
            position,
            rating,
            lens_model,
            favorite,
            visibility,
            duplicate_group,
        },
    )
}

/// Now and then.
fn some<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    option::weighted(0.3, strategy)
}

fn objects() -> impl Strategy<Value = Map<String, Value>> {
    (texts(), any::<i32>()).prop_map(|(text, number)| {
        let object = json!({"text": text, "list": [number, {"k\0": text}]});
        object.as_object().cloned().unwrap_or_default()
    })
}

fn album_steps() -> impl Strategy<Value = AlbumStep> {
    let which = 0..1_000usize;
    // Few are shared, so that members and assets meet again.
    let assets = || proptest::collection::vec(0..1_000usize, 0..6);
    let order = prop_oneof![Just(AlbumOrder::Ascending), Just(AlbumOrder::Descending)];
    let role = || prop_oneof![6 => Just(AlbumRole::Editor), 6 => Just(AlbumRole::Viewer), 1 => Just(AlbumRole::Owner)];
    let users = proptest::collection::vec((0..1_000usize, role()), 0..3);
    prop_oneof![
        6 => (which.clone(), texts(), order, users, assets())
            .prop_map(|(who, name, order, users, assets)| AlbumStep::Create(who, name, order, users, assets)),
        5 => (which.clone(), album_edits(), option::of(which.clone()))
            .prop_map(|(which, edit, thumbnail)| AlbumStep::Edit(which, edit, thumbnail)),
        8 => (which.clone(), assets()).prop_map(|(which, assets)| AlbumStep::AddAssets(which, assets)),
        6 => (which.clone(), assets()).prop_map(|(which, assets)| AlbumStep::RemoveAssets(which, assets)),
        5 => (which.clone(), which.clone(), role())
            .prop_map(|(which, who, role)| AlbumStep::AddUser(which, who, role)),
        4 => (which.clone(), which.clone(), role())
            .prop_map(|(which, who, role)| AlbumStep::ChangeRole(which, who, role)),
        3 => (which.clone(), which.clone()).prop_map(|(which, who)| AlbumStep::RemoveUser(which, who)),
        2 => which.clone().prop_map(AlbumStep::Delete),
        4 => (which, texts(), proptest::collection::vec(0..1_000usize, 0..6), assets())
            .prop_map(|(which, name, users, assets)| AlbumStep::Restore(which, name, users, assets)),
    ]
}

fn tag_steps() -> impl Strategy<Value = TagStep> {
    let which = 0..1_000usize;
    let tags = || proptest::collection::vec(0..1_000usize, 0..4);
    let color = || option::of(Just("#ff0000".to_owned()));
    prop_oneof![
        5 => (which.clone(), option::of(which.clone()), texts(), color())
            .prop_map(|(who, above, name, color)| TagStep::Create(who, above, name, color)),
        2 => (which.clone(), color()).prop_map(|(which, color)| TagStep::Color(which, color)),
        2 => which.clone().prop_map(TagStep::Delete),
        5 => (which.clone(), tags()).prop_map(|(asset, tags)| TagStep::Tag(asset, tags)),
        3 => (which.clone(), tags()).prop_map(|(asset, tags)| TagStep::Untag(asset, tags)),
        5 => (which, tags()).prop_map(|(asset, tags)| TagStep::Read(asset, tags)),
    ]
}

fn stack_steps() -> impl Strategy<Value = StackStep> {
    let which = 0..1_000usize;
    let assets = || proptest::collection::vec(0..1_000usize, 1..6);
    prop_oneof![
        5 => (which.clone(), assets()).prop_map(|(who, assets)| StackStep::Create(who, assets)),
        2 => (which.clone(), assets()).prop_map(|(which, assets)| StackStep::AddAssets(which, assets)),
        3 => (which.clone(), which.clone()).prop_map(|(which, asset)| StackStep::ChoosePrimary(which, asset)),
        2 => (which.clone(), which.clone()).prop_map(|(which, asset)| StackStep::TakeOut(which, asset)),
        3 => (which.clone(), assets()).prop_map(|(which, assets)| StackStep::Lose(which, assets)),
        1 => which.prop_map(StackStep::Delete),
    ]
}

fn sharing_steps() -> impl Strategy<Value = SharingStep> {
    let which = 0..1_000usize;
    let assets = || proptest::collection::vec(0..1_000usize, 0..6);
    prop_oneof![
        5 => (which.clone(), which.clone()).prop_map(|(by, with)| SharingStep::BeginPartnership(by, with)),
        3 => (which.clone(), any::<bool>()).prop_map(|(which, shown)| SharingStep::ShowInTimeline(which, shown)),
        1 => which.clone().prop_map(SharingStep::EndPartnership),
        6 => (which.clone(), option::of(which.clone()), assets(), link_words())
            .prop_map(|(who, album, assets, words)| SharingStep::CreateLink(who, album, assets, words)),
        3 => (which.clone(), link_edits()).prop_map(|(which, edit)| SharingStep::EditLink(which, edit)),
        4 => (which.clone(), assets()).prop_map(|(which, assets)| SharingStep::AddToLink(which, assets)),
        3 => (which.clone(), assets()).prop_map(|(which, assets)| SharingStep::RemoveFromLink(which, assets)),
        1 => which.clone().prop_map(SharingStep::DeleteLink),
        9 => (which.clone(), which.clone(), option::of(which.clone()), option::of(texts()))
            .prop_map(|(who, album, asset, text)| SharingStep::Say(who, album, asset, text)),
        2 => which.prop_map(SharingStep::Unsay),
    ]
}

fn link_words() -> impl Strategy<Value = LinkWords> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (some(texts()), some(texts()), some(texts()), some(instants()), flags).prop_map(
        |(slug, password, description, expires_at, flags)| LinkWords { slug, password, description, expires_at, flags },
    )
}

fn link_edits() -> impl Strategy<Value = SharedLinkEdit> {
    let words = (some(option::of(texts())), some(option::of(texts())), some(option::of(texts())));
    let flags = (some(any::<bool>()), some(any::<bool>()), some(any::<bool>()));
    (words, some(option::of(instants())), flags).prop_map(
        |((slug, password, description), expires_at, (allow_upload, allow_download, show_metadata))| SharedLinkEdit {
            slug,
            password,
            description,
            expires_at,
            allow_upload,
            allow_download,
            show_metadata,
        },
    )
}

fn album_edits() -> impl Strategy<Value = AlbumEdit> {
    let order = prop_oneof![Just(AlbumOrder::Ascending), Just(AlbumOrder::Descending)];
    (some(texts()), some(texts()), some(order), some(any::<bool>())).prop_map(
        |(name, description, order, activity_enabled)| AlbumEdit {
            name,
            description,
            order,
            activity_enabled,
            thumbnail: None,
        },
    )
}

fn people_steps() -> impl Strategy<Value = PeopleStep> {
    let which = 0..1_000usize;
    let by = || (0..5i64).prop_map(super::people::decided_by);
    let source = prop_oneof![Just(FaceSource::MachineLearning), Just(FaceSource::Exif), Just(FaceSource::Manual)];
    let color = || option::of(Just("#abc".to_owned()));
    let day = || option::of(instants().prop_map(|instant| instant.date_naive()));
    let person = (texts(), day(), any::<bool>(), any::<bool>(), color()).prop_map(
        |(name, birth_date, hidden, favorite, color)| NewPerson {
            owner: uuid::Uuid::nil(),
            name,
            birth_date,
            hidden,
            favorite,
            color,
        },
    );
    let edit = (some(texts()), some(day()), some(any::<bool>()), some(any::<bool>()), some(color())).prop_map(
        |(name, birth_date, hidden, favorite, color)| PersonEdit { name, birth_date, hidden, favorite, color },
    );
    prop_oneof![
        8 => (which.clone(), person).prop_map(|(who, new)| PeopleStep::Create(who, new)),
        4 => (which.clone(), edit).prop_map(|(which, edit)| PeopleStep::Edit(which, edit)),
        5 => (which.clone(), which.clone()).prop_map(|(which, face)| PeopleStep::Feature(which, face)),
        2 => (which.clone(), which.clone()).prop_map(|(which, into)| PeopleStep::Merge(which, into)),
        1 => which.clone().prop_map(PeopleStep::DeletePerson),
        14 => (which.clone(), option::of(which.clone()), source, (-20..1_400i32, 0..900i32))
            .prop_map(|(asset, person, source, corner)| PeopleStep::AddFace(asset, person, source, corner)),
        6 => (which.clone(), which.clone(), by())
            .prop_map(|(which, person, by)| PeopleStep::Assign(which, person, by)),
        2 => (which.clone(), by()).prop_map(|(which, by)| PeopleStep::Unassign(which, by)),
        2 => which.clone().prop_map(PeopleStep::RemoveFace),
        2 => which.prop_map(PeopleStep::DeleteFace),
    ]
}

fn memory_steps() -> impl Strategy<Value = MemoryStep> {
    let which = 0..1_000usize;
    let assets = || proptest::collection::vec(0..1_000usize, 0..5);
    let bounds = (option::of(instants()), option::of(instants())).prop_map(|(show_at, hide_at)| [show_at, hide_at]);
    let edit = (some(any::<bool>()), some(instants()), some(instants()))
        .prop_map(|(saved, seen_at, memory_at)| MemoryEdit { saved, seen_at, memory_at });
    prop_oneof![
        5 => (which.clone(), 1_990..2_024i32, instants(), bounds, any::<bool>(), assets())
            .prop_map(|(who, year, at, bounds, saved, assets)| MemoryStep::Create(who, year, at, bounds, saved, assets)),
        2 => (which.clone(), edit).prop_map(|(which, edit)| MemoryStep::Edit(which, edit)),
        2 => (which.clone(), assets()).prop_map(|(which, assets)| MemoryStep::AddAssets(which, assets)),
        2 => (which.clone(), assets()).prop_map(|(which, assets)| MemoryStep::RemoveAssets(which, assets)),
        1 => which.prop_map(MemoryStep::Delete),
    ]
}

fn work_steps() -> impl Strategy<Value = WorkStep> {
    let which = 0..1_000usize;
    let late = prop_oneof![5 => Just(0), 1 => 1..40i64];
    let job = prop_oneof![
        3 => Just(Job::Metadata),
        3 => Just(Job::Previews),
        3 => Just(Job::Sidecar),
        2 => Just(Job::Embedding),
        2 => Just(Job::FaceDetection),
        1 => Just(Job::TextRecognition),
        1 => Just(Job::FaceRegrouping),
    ];
    let asked = prop_oneof![
        6 => job.clone(),
        1 => Just(Job::PersonThumbnail),
        1 => Just(Job::AlbumInvitation),
        1 => Just(Job::AlbumNews),
    ];
    prop_oneof![
        1 => (which.clone(), asked).prop_map(|(which, job)| WorkStep::Request(which, job)),
        8 => (which.clone(), late, outcomes()).prop_map(|(which, late, outcome)| WorkStep::Answer(which, late, outcome)),
        1 => (which, job, outcomes()).prop_map(|(which, job, outcome)| WorkStep::Unasked(which, job, outcome)),
    ]
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    let done = (readings(), (1..9_000i32, 1..9_000i32), option::of(any::<[u8; 6]>()), any::<bool>()).prop_map(
        |(reading, size, thumbhash, fullsize)| Outcome::Done { reading: Box::new(reading), size, thumbhash, fullsize },
    );
    let failed = (texts(), option::of(1..100_000i64))
        .prop_map(|(reason, retry_after_s)| Outcome::Failed { reason, retry_after_s });
    prop_oneof![4 => done, 1 => failed]
}
