//! The log's copy in EventStoreDB, where this build has what it takes.

use albumen_commands::copies::CopyState;
use tokio::sync::watch;

use super::{CliError, opened::Opened};
use crate::installation::Config;

/// The process's provider of cryptography. Two are in the tree; the first that is installed counts.
pub(super) async fn install_cryptography(config: &Config) -> Result<(), CliError> {
    #[cfg(feature = "eventstoredb")]
    if config.eventstore.is_some() {
        return albumen_eventstoredb::install_cryptography().await.map_err(|fault| CliError::Other(fault.to_string()));
    }
    let _ = (config, rustls::crypto::ring::default_provider().install_default());
    Ok(())
}

#[cfg(feature = "eventstoredb")]
pub(super) use with::Mirror;
#[cfg(not(feature = "eventstoredb"))]
pub(super) use without::Mirror;

#[cfg(feature = "eventstoredb")]
mod with {
    use albumen_eventstoredb::Address;

    use super::{CliError, CopyState, Opened, watch};

    /// The mirror, or its standby.
    pub(crate) struct Mirror(albumen_eventstoredb::Mirror);

    impl Mirror {
        /// Starts to copy to `address`.
        pub(crate) fn start(address: &str, opened: &Opened) -> Result<Self, CliError> {
            let address = Address::parse(address).map_err(|fault| CliError::Other(fault.to_string()))?;
            let feed = opened.commands.feed().clone();
            Ok(Self(albumen_eventstoredb::Mirror::start(address, opened.database.connect_config(), feed)))
        }

        /// What it is doing.
        pub(crate) fn state(&self) -> watch::Receiver<CopyState> {
            self.0.state()
        }
    }
}

#[cfg(not(feature = "eventstoredb"))]
mod without {
    use super::{CliError, CopyState, Opened, watch};

    /// There is none in this build.
    pub(crate) enum Mirror {}

    impl Mirror {
        /// Says that there is none.
        pub(crate) fn start(_: &str, _: &Opened) -> Result<Self, CliError> {
            let advice = "build it with: cargo build --release --workspace --features albumen-api/eventstoredb";
            Err(CliError::Other(format!("this albumen was built without EventStoreDB (ALBUMEN_EVENTSTORE); {advice}")))
        }

        /// What it is doing.
        pub(crate) fn state(&self) -> watch::Receiver<CopyState> {
            match *self {}
        }
    }
}
