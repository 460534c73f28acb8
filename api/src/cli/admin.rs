//! Looking after users and their data from the command line.

use std::process::ExitCode;

use albumen_commands::Context;
use albumen_domain::{
    asset::{Asset, AssetCommand},
    erasure::{Erase, Erasure, ErasureScope},
    session::{Session, SessionCommand},
    user::{ProfileEdit, User, UserCommand},
};
use albumen_projections::{ReadModels, identity::AccountRow};
use albumen_workers::media::store::MediaPath;
use clap::{Args, Subcommand};
use uuid::Uuid;

use super::{CliError, opened::Opened};
use crate::{access::Secret, installation::Config, routes};

/// Look after users and their data.
#[derive(Subcommand)]
pub(super) enum AdminCommand {
    /// List all users, deleted ones too
    ListUsers,
    /// Give a user a new password, print it, and end all of their sessions
    ResetPassword {
        /// The user's e-mail address
        email: String,
    },
    /// Make a user an administrator
    GrantAdmin {
        /// The user's e-mail address
        email: String,
    },
    /// Make an administrator an ordinary user
    RevokeAdmin {
        /// The user's e-mail address
        email: String,
    },
    /// Erase personal data for good: keys, files and everything that is shown of it
    ///
    /// Copies of the log (Kafka, EventStoreDB, backups) hold personal values sealed and never had a key, so what is
    /// erased here can be opened nowhere. Databases of `albumen log replay` hold them plain: drop those.
    Erase(EraseCommand),
}

/// Whose data is erased.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct EraseWhat {
    /// A user and everything of theirs, by e-mail address or id
    #[arg(long)]
    user: Option<String>,
    /// One asset, by id
    #[arg(long)]
    asset: Option<Uuid>,
}

/// Erase personal data for good.
#[derive(Args)]
pub(super) struct EraseCommand {
    #[command(flatten)]
    what: EraseWhat,
    /// Do it without asking; there is no way back
    #[arg(long)]
    yes: bool,
}

pub(super) async fn execute(command: AdminCommand, config: &Config) -> Result<ExitCode, CliError> {
    let opened = Opened::for_command(config).await?;
    let desk = Desk { reads: ReadModels::queries_only(&opened.pool), opened: &opened };
    let outcome = match command {
        AdminCommand::ListUsers => desk.list_users().await,
        AdminCommand::ResetPassword { email } => desk.reset_password(&email).await,
        AdminCommand::GrantAdmin { email } => desk.set_admin(&email, true).await,
        AdminCommand::RevokeAdmin { email } => desk.set_admin(&email, false).await,
        AdminCommand::Erase(command) => desk.erase(command).await,
    };
    drop(desk);
    opened.close().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

struct Desk<'a> {
    opened: &'a Opened,
    reads: ReadModels,
}

impl Desk<'_> {
    async fn list_users(&self) -> Result<(), CliError> {
        for account in self.reads.identity().accounts(true).await? {
            let role = if account.is_admin { "admin" } else { "user" };
            println!("{}  {:<8}  {:<5}  {}  {}", account.id, account.status, role, account.email, account.name);
        }
        Ok(())
    }

    async fn account(&self, email_or_id: &str) -> Result<AccountRow, CliError> {
        let found = match email_or_id.parse() {
            Ok(id) => self.reads.identity().account(id).await?,
            Err(_) => self.reads.identity().account_by_email(&email_or_id.to_lowercase()).await?,
        };
        found.ok_or_else(|| {
            CliError::Other(format!("there is no user {email_or_id}; `albumen admin list-users` shows who there is"))
        })
    }

    async fn ask_user(&self, id: Uuid, command: UserCommand) -> Result<(), CliError> {
        self.opened
            .commands
            .execute::<User>(id, command, &Context::operator())
            .await
            .map(|_| ())
            .map_err(|error| CliError::Other(error.to_string()))
    }

    async fn reset_password(&self, email: &str) -> Result<(), CliError> {
        let account = self.account(email).await?;
        let password = Secret::random().map_err(|error| CliError::Other(error.message().to_owned()))?.plain;
        let password_hash = routes::authentication::hash_password(password.clone())
            .await
            .map_err(|error| CliError::Other(error.message().to_owned()))?;
        self.ask_user(account.id, UserCommand::ChangePassword { password_hash, should_change_password: true }).await?;
        for session in self.reads.identity().sessions(account.id).await? {
            self.opened
                .commands
                .execute::<Session>(session.id, SessionCommand::End, &Context::operator())
                .await
                .map_err(|error| CliError::Other(error.to_string()))?;
        }
        println!("The password of {} is now: {password}", account.email);
        Ok(())
    }

    async fn set_admin(&self, email: &str, is_admin: bool) -> Result<(), CliError> {
        let account = self.account(email).await?;
        let edit = ProfileEdit { is_admin: Some(is_admin), ..ProfileEdit::default() };
        self.ask_user(account.id, UserCommand::Edit(Box::new(edit))).await?;
        let done = if is_admin { "granted to" } else { "revoked from" };
        println!("Admin access has been {done} {}", account.email);
        Ok(())
    }

    async fn erase(&self, command: EraseCommand) -> Result<(), CliError> {
        let (id, scope, assets) = match (&command.what.user, command.what.asset) {
            (Some(user), _) => {
                let account = self.account(user).await?;
                (account.id, ErasureScope::Owner, self.reads.library().owned(account.id).await?)
            }
            (None, Some(asset)) => (asset, ErasureScope::Subject, vec![asset]),
            (None, None) => return Err(CliError::Other("say what to erase: --user or --asset".to_owned())),
        };
        if !command.yes {
            return Err(CliError::Other(format!(
                "this erases {} asset(s) and everything personal for good; add --yes if you mean it",
                assets.len()
            )));
        }
        self.delete_files(&assets).await?;
        if scope == ErasureScope::Owner {
            self.delete_profile_image(id).await?;
        }
        self.request_deletion(&assets).await?;
        match scope {
            ErasureScope::Owner => self.opened.commands.keyring().erase_owner(id).await?,
            ErasureScope::Subject => self.opened.commands.keyring().erase_subject(id).await?,
        }
        self.opened
            .commands
            .execute::<Erasure>(id, Erase { scope }, &Context::operator())
            .await
            .map_err(|error| CliError::Other(error.to_string()))?;
        println!("Erased. The log still proves itself, and shows these values as erased.");
        Ok(())
    }

    async fn delete_files(&self, assets: &[Uuid]) -> Result<(), CliError> {
        for asset in self.reads.library().assets(assets).await? {
            let derived = [asset.thumbnail_path, asset.preview_path, asset.fullsize_path, asset.sidecar_path];
            for path in derived.into_iter().flatten().chain([asset.path]) {
                self.opened.media.delete(&MediaPath::parse(&path)?).await?;
            }
        }
        Ok(())
    }

    async fn delete_profile_image(&self, user: Uuid) -> Result<(), CliError> {
        let account = self.reads.identity().account(user).await?;
        if let Some(path) = account.and_then(|account| account.profile_image_path) {
            self.opened.media.delete(&MediaPath::parse(&path)?).await?;
        }
        Ok(())
    }

    /// Their claims go with them, so that the same file can be uploaded again.
    async fn request_deletion(&self, assets: &[Uuid]) -> Result<(), CliError> {
        for command in [AssetCommand::RequestDeletion, AssetCommand::ConfirmDeletion] {
            let commands = assets.iter().map(|id| (*id, command.clone())).collect();
            self.opened
                .commands
                .execute_many::<Asset>(commands, &Context::operator())
                .await
                .map_err(|error| CliError::Other(error.to_string()))?;
        }
        Ok(())
    }
}
