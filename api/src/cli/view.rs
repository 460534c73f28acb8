//! A server that only shows the library: as it is, or as it was.

use albumen_projections::{ReadModels, projections};
use clap::Args;

use super::{CliError, opened::Opened, pool::pool_of, replica, serve::Role};

/// What a server shows, and that nothing can be changed on it.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct View {
    /// Only show the library: whatever would change something is refused
    #[arg(long, env = "ALBUMEN_READ_ONLY")]
    read_only: bool,
    /// Show the library as it stood when `albumen log replay` filled this database; nothing can be changed
    ///
    /// Who may come in is decided by the present: log in on the server of today, the session is good here too.
    #[arg(long, env = "ALBUMEN_AS_OF", value_name = "DATABASE")]
    as_of: Option<String>,
}

impl View {
    const fn is_read_only(&self) -> bool {
        self.read_only || self.as_of.is_some()
    }

    /// Only what answers requests can be kept from changing anything.
    pub(super) fn check(&self, roles: &[Role]) -> Result<(), CliError> {
        if self.is_read_only() && roles.iter().any(|role| *role != Role::Api) {
            return Err(CliError::Other("only the role api can be read-only".to_owned()));
        }
        Ok(())
    }

    /// Closes the write side, if it is to be closed.
    pub(super) fn restrict(&self, opened: &mut Opened) {
        if self.is_read_only() {
            opened.commands = opened.commands.clone().read_only();
        }
    }

    /// The read models that are shown.
    pub(super) async fn questions(&self, opened: &Opened) -> Result<ReadModels, CliError> {
        let Some(name) = &self.as_of else { return Ok(ReadModels::queries_only(&opened.pool)) };
        let then = pool_of(&replica::beside(opened.database.connect_config(), name)?)?;
        let reads = ReadModels::as_of(&then, &opened.pool);
        let advice = format!("fill it: albumen log replay --until MOMENT --into {name}");
        let unusable = |reason: String| CliError::Other(format!("the database {name} {reason}; {advice}"));
        let checkpoints = reads.checkpoints().await.map_err(|error| unusable(format!("holds no library ({error})")))?;
        for projection in projections() {
            let model = projection.name();
            match checkpoints.iter().find(|checkpoint| checkpoint.instance == model) {
                None => return Err(unusable(format!("lacks the read model {model}"))),
                Some(found) if found.version != projection.version() => {
                    return Err(unusable(format!("has {model} as another release made it")));
                }
                Some(_) => {}
            }
        }
        Ok(reads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_api_can_be_read_only() {
        let then = View { read_only: false, as_of: Some("then".to_owned()) };
        assert!(then.check(&[Role::Api]).is_ok());
        assert!(then.check(&[Role::Api, Role::Media]).is_err());
        assert!(View::default().check(&Role::ALL).is_ok());
    }
}
