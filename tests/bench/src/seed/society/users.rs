//! Accounts, and what they log in with.

use albumen_domain::{
    api_key::{ApiKey, ApiKeyCommand, ApiKeyCreated},
    external_library::{ExternalLibrary, ExternalLibraryCommand, ExternalLibraryCreated},
    session::{Device, Session, SessionCommand, SessionStarted},
    user::{AdminSetup, Registration, User, UserCommand},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Library, Scribe};
use crate::Fault;

/// Users beside whoever measures.
const OTHERS: usize = 19;
const SESSIONS_EACH: usize = 3;
const API_KEYS: usize = 5;
const EXTERNAL_LIBRARIES: usize = 3;

/// Makes the other users. Nobody can log in as one: they have no password.
pub(in crate::seed) async fn users(scribe: &mut Scribe<'_>) -> Result<Vec<Uuid>, Fault> {
    let ids: Vec<Uuid> = (0..OTHERS).map(|_| Uuid::new_v4()).collect();
    let registration = |number: usize| Registration {
        // Distinct in each seeding.
        email: format!("{}@albumen.invalid", ids[number].simple()),
        name: format!("User {}", number + 1),
        password_hash: None,
        setup: AdminSetup::ByAdmin { is_admin: false },
        storage_label: None,
        quota_bytes: None,
        avatar_color: None,
        should_change_password: false,
    };
    let register = |number| (ids[number], UserCommand::Register(Box::new(registration(number))));
    scribe.ask::<User>((0..OTHERS).map(register).collect()).await?;
    Ok(ids)
}

fn hash_of_nothing() -> String {
    STANDARD.encode(Sha256::digest(Uuid::new_v4().as_bytes()))
}

/// Sessions of everybody, keys and external libraries of whoever measures.
pub(super) async fn devices(scribe: &mut Scribe<'_>, libraries: &[Library]) -> Result<(), Fault> {
    let session = |user: Uuid| {
        let device = Device { device_type: "Chrome".into(), device_os: "Linux".into(), app_version: None };
        let started = SessionStarted { user, token_hash: hash_of_nothing(), parent: None, expires_at: None, device };
        (Uuid::new_v4(), SessionCommand::Start(started))
    };
    let owners = libraries.iter().flat_map(|library| [library.owner(); SESSIONS_EACH]);
    scribe.ask::<Session>(owners.map(session).collect()).await?;
    let me = libraries[0].owner();
    let key = |number| {
        let (name, permissions) = (format!("Key {number}").into(), vec!["asset.read".to_owned()]);
        let created = ApiKeyCreated { user: me, name, secret_hash: hash_of_nothing(), permissions };
        (Uuid::new_v4(), ApiKeyCommand::Create(created))
    };
    scribe.ask::<ApiKey>((0..API_KEYS).map(key).collect()).await?;
    let library = |number| {
        let created = ExternalLibraryCreated {
            owner: me,
            name: format!("Disk {number}").into(),
            import_paths: vec![format!("/mnt/disk-{number}")].into(),
            exclusion_patterns: Vec::new().into(),
        };
        (Uuid::new_v4(), ExternalLibraryCommand::Create(created))
    };
    scribe.ask::<ExternalLibrary>((0..EXTERNAL_LIBRARIES).map(library).collect()).await
}
