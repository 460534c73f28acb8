//! How sessions end, and how they are locked: many at once, and in force when it is answered.

use std::collections::HashSet;

use albumen_commands::{CommandError, Context};
use albumen_domain::session::{Session, SessionCommand, SessionRefusal};
use albumen_projections::identity::SessionRow;
use uuid::Uuid;

use crate::{app::App, edge::ApiError};

/// A child may start while its parent is ended, so it is looked for again; this often, since each
/// round leaves fewer who could start one.
const MAX_ROUNDS: usize = 4;

/// Ends these sessions of a user and all that descend from them.
pub async fn end_with_descendants(
    app: &App,
    user: Uuid,
    roots: impl IntoIterator<Item = Uuid>,
    context: &Context,
) -> Result<(), ApiError> {
    let mut family: HashSet<Uuid> = roots.into_iter().collect();
    for _ in 0..MAX_ROUNDS {
        let sessions = app.reads.identity().sessions(user).await?;
        add_descendants(&mut family, &sessions);
        let alive: Vec<Uuid> = sessions.iter().map(|session| session.id).filter(|id| family.contains(id)).collect();
        if alive.is_empty() {
            return Ok(());
        }
        command_all(app, &alive, &SessionCommand::End, context).await?;
    }
    Ok(())
}

/// Ends all sessions of a user but one.
pub async fn end_all_but(app: &App, user: Uuid, kept: Option<Uuid>, context: &Context) -> Result<(), ApiError> {
    for _ in 0..MAX_ROUNDS {
        let sessions = app.reads.identity().sessions(user).await?;
        let others: Vec<Uuid> = sessions.iter().map(|session| session.id).filter(|id| Some(*id) != kept).collect();
        if others.is_empty() {
            return Ok(());
        }
        command_all(app, &others, &SessionCommand::End, context).await?;
    }
    Ok(())
}

/// Closes the locked folder for all sessions of a user.
pub async fn lock_all(app: &App, user: Uuid, context: &Context) -> Result<(), ApiError> {
    let sessions = app.reads.identity().sessions(user).await?;
    let open: Vec<Uuid> =
        sessions.iter().filter(|session| session.pin_expires_at.is_some()).map(|session| session.id).collect();
    command_all(app, &open, &SessionCommand::Lock, context).await
}

fn add_descendants(family: &mut HashSet<Uuid>, sessions: &[SessionRow]) {
    loop {
        let before = family.len();
        for session in sessions {
            if session.parent_id.is_some_and(|parent| family.contains(&parent)) {
                family.insert(session.id);
            }
        }
        if family.len() == before {
            return;
        }
    }
}

/// Gives one command to all, at once where possible. Sessions that ended meanwhile do not matter.
async fn command_all(app: &App, ids: &[Uuid], command: &SessionCommand, context: &Context) -> Result<(), ApiError> {
    if ids.is_empty() {
        return Ok(());
    }
    let commands = ids.iter().map(|id| (*id, command.clone())).collect();
    match app.execute_many::<Session>(commands, context).await {
        Ok(executed) => return app.in_force(executed).await,
        Err(CommandError::Refused(SessionRefusal::Unknown)) => {}
        Err(error) => return Err(error.into()),
    }
    for id in ids {
        match app.execute::<Session>(*id, command.clone(), context).await {
            Ok(executed) => app.in_force(executed).await?,
            Err(CommandError::Refused(SessionRefusal::Unknown)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn session(id: u128, parent: Option<u128>) -> SessionRow {
        SessionRow {
            id: Uuid::from_u128(id),
            user_id: Uuid::from_u128(99),
            token_hash: Vec::new(),
            parent_id: parent.map(Uuid::from_u128),
            expires_at: None,
            pin_expires_at: None,
            device_type: String::new(),
            device_os: String::new(),
            app_version: None,
            sync_reset_pending: false,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_family_has_children_of_children_in_any_order_and_no_others() {
        let sessions =
            [session(4, Some(3)), session(3, Some(2)), session(2, None), session(5, Some(6)), session(6, None)];
        let mut family = HashSet::from([Uuid::from_u128(2)]);
        add_descendants(&mut family, &sessions);
        assert_eq!(family, HashSet::from([2, 3, 4].map(Uuid::from_u128)));
        let mut orphans = HashSet::from([Uuid::from_u128(7)]);
        add_descendants(&mut orphans, &[session(8, Some(7))]);
        assert!(orphans.contains(&Uuid::from_u128(8)));
    }
}
