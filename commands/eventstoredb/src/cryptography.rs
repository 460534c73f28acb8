//! Who brings the cryptography of TLS into this process.

use std::time::Duration;

use eventstore::{Client, ClientSettings};

use crate::fault::MirrorFault;

/// The client installs its provider when it first runs; it is there within milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(1);
/// Nothing is ever asked of it.
const NOBODY: &str = "esdb://127.0.0.1:9?tls=false";

/// Lets the client of EventStoreDB install its provider for rustls. It insists on doing so itself
/// and gives up where one is there already, so this comes before any other is installed.
///
/// # Errors
/// The client does not do it.
pub async fn install_cryptography() -> Result<(), MirrorFault> {
    let settings: ClientSettings = NOBODY
        .parse()
        .map_err(|error: eventstore::ClientSettingsParseError| MirrorFault::Address(error.to_string()))?;
    let client = Client::new(settings).map_err(|error| MirrorFault::Address(error.to_string()))?;
    let installed = async {
        while rustls::crypto::CryptoProvider::get_default().is_none() {
            tokio::time::sleep(POLL).await;
        }
    };
    let outcome = tokio::time::timeout(PATIENCE, installed).await;
    drop(client);
    outcome.map_err(|_| MirrorFault::Address("its client brings no cryptography".to_owned()))
}
