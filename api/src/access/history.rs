//! Whose history somebody may read: what happened to what is theirs, and to what they may see. The
//! decision about a thing is the one about its present; what is gone is its owner's.

use albumen_domain::{
    album::AlbumCommand,
    asset::AssetCommand,
    user::{ProfileEdit, UserCommand},
};
use albumen_projections::history::{EntryRow, Scope};
use uuid::Uuid;

use super::Auth;
use crate::{app::App, edge::ApiError, story::undo::Plan};

const READ: &str = "history.read";
const UNDO: &str = "history.undo";

impl App {
    /// All that the principal may see of what happened.
    ///
    /// # Errors
    /// The database is away.
    pub async fn history_scope(&self, auth: &Auth) -> Result<Scope, ApiError> {
        Ok(Scope::User {
            id: auth.user_id(),
            albums: self.reads.albums().of_others(auth.user_id()).await?,
            administers: auth.account.is_admin,
            unlocked: auth.is_elevated(),
        })
    }

    /// What the principal may see of the story of one thing.
    ///
    /// # Errors
    /// 400 without access.
    pub async fn story_scope(&self, auth: &Auth, thing: Uuid) -> Result<Scope, ApiError> {
        let refused = || ApiError::no_access(READ);
        let first = self.reads.history().first(thing).await?.ok_or_else(refused)?;
        let unlocked = auth.is_elevated();
        let scope = Scope::Granted { unlocked };
        let is_locked = !unlocked && self.reads.history().is_locked(thing).await?;
        match first.owner_id {
            Some(owner) if owner == auth.user_id() && !is_locked => Ok(scope),
            None if auth.account.is_admin => Ok(scope),
            Some(_) if self.may_see(auth, &first).await? => Ok(scope),
            _ => Err(refused()),
        }
    }

    /// Whether what is another's may be seen.
    async fn may_see(&self, auth: &Auth, first: &EntryRow) -> Result<bool, ApiError> {
        let decided = match first.stream_kind.as_str() {
            "asset" => self.asset_for(auth, "asset.read", first.stream_id).await.map(|_| ()),
            "album" => self.album_for(auth, "album.read", first.stream_id).await.map(|_| ()),
            // Administrators look after accounts, and see what becomes of them.
            "user" => return Ok(auth.account.is_admin),
            _ => return Ok(false),
        };
        match decided {
            Err(error) if error.status().is_server_error() => Err(error),
            decided => Ok(decided.is_ok()),
        }
    }

    /// Refuses unless the principal may do all that a plan asks. Of what goes into or out of an album, only
    /// that is kept which they may put in or take out.
    ///
    /// # Errors
    /// 400 without access.
    pub async fn may_undo(&self, auth: &Auth, plan: &mut Plan) -> Result<(), ApiError> {
        for permission in ["asset.update", "asset.delete"] {
            let meant = plan.assets.iter().filter(|(_, command)| asset_permission(command) == permission);
            let ids: Vec<Uuid> = meant.map(|(id, _)| *id).collect();
            if !ids.is_empty() {
                self.assets_for(auth, permission, &ids).await?;
            }
        }
        for (album, command) in &mut plan.albums {
            self.may_undo_in_album(auth, *album, command).await?;
        }
        for (user, command) in &plan.users {
            let may = auth.account.is_admin || (*user == auth.user_id() && is_ones_own(command));
            if !may {
                return Err(ApiError::no_access(UNDO));
            }
        }
        for (key, _) in &plan.keys {
            self.reads.identity().key(auth.user_id(), *key).await?.ok_or_else(|| ApiError::no_access(UNDO))?;
        }
        plan.albums.retain(|(_, command)| asks_something(command));
        if plan.is_empty() { Err(ApiError::no_access(UNDO)) } else { Ok(()) }
    }

    async fn may_undo_in_album(&self, auth: &Auth, album: Uuid, command: &mut AlbumCommand) -> Result<(), ApiError> {
        let permission = match command {
            // It is nobody's to see at the moment, but was and will be its owner's.
            AlbumCommand::Restore(_) => {
                let first = self.reads.history().first(album).await?;
                let is_owner = first.and_then(|first| first.owner_id) == Some(auth.user_id());
                return if is_owner { Ok(()) } else { Err(ApiError::no_access("album.delete")) };
            }
            AlbumCommand::Delete => "album.delete",
            AlbumCommand::AddAssets(_) => "albumAsset.create",
            AlbumCommand::RemoveAssets(_) => "albumAsset.delete",
            AlbumCommand::AddUsers(_) | AlbumCommand::ChangeRole { .. } | AlbumCommand::RemoveUser { .. } => {
                "album.share"
            }
            AlbumCommand::Create(_) | AlbumCommand::Edit(_) => "album.update",
        };
        let role = self.album_for(auth, permission, album).await?;
        match command {
            AlbumCommand::RemoveAssets(_) if role == "owner" => {}
            AlbumCommand::AddAssets(assets) | AlbumCommand::RemoveAssets(assets) => {
                let shareable = self.shareable(auth, assets).await?;
                assets.retain(|asset| shareable.contains(asset));
            }
            _ => {}
        }
        Ok(())
    }
}

const fn asset_permission(command: &AssetCommand) -> &'static str {
    match command {
        AssetCommand::Trash | AssetCommand::Restore => "asset.delete",
        _ => "asset.update",
    }
}

fn asks_something(command: &AlbumCommand) -> bool {
    match command {
        AlbumCommand::AddAssets(assets) | AlbumCommand::RemoveAssets(assets) => !assets.is_empty(),
        _ => true,
    }
}

/// What users may change of their own accounts; the rest is for administrators.
fn is_ones_own(command: &UserCommand) -> bool {
    match command {
        UserCommand::SetPreferences(_) | UserCommand::SetOnboarding { .. } => true,
        UserCommand::Edit(edit) => {
            let mine = ProfileEdit {
                email: edit.email.clone(),
                name: edit.name.clone(),
                avatar_color: edit.avatar_color.clone(),
                ..ProfileEdit::default()
            };
            **edit == mine
        }
        _ => false,
    }
}
