//! Where EventStoreDB is.

use eventstore::{Client, ClientSettings, ClientSettingsParseError};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use crate::fault::MirrorFault;

/// A connection string, as EventStoreDB's documentation describes them:
/// `esdb://name:password@host:2113?tls=true&tlsCaFile=/etc/ca.pem`, a cluster as
/// `esdb://one:2113,two:2113,three:2113` or `esdb+discover://cluster.example:2113`.
#[derive(Clone, Debug)]
pub struct Address(ClientSettings);

impl Address {
    /// Reads a connection string.
    ///
    /// # Errors
    /// It is none, or a file that it names cannot be used.
    pub fn parse(text: &str) -> Result<Self, MirrorFault> {
        // The error's own words would repeat the password.
        let settings: ClientSettings = text.parse().map_err(|error: ClientSettingsParseError| {
            let reason = error.error().map_or_else(|| error.message().to_owned(), ToString::to_string);
            MirrorFault::Address(format!("{reason}; expected esdb://name:password@host:2113"))
        })?;
        check_files(&settings)?;
        Ok(Self(settings))
    }

    /// A client that connects when it is first asked.
    pub(crate) fn client(&self) -> Result<Client, MirrorFault> {
        Client::new(self.0.clone()).map_err(|error| MirrorFault::Address(error.to_string()))
    }
}

/// The client would end without a word on a file that is not there.
fn check_files(settings: &ClientSettings) -> Result<(), MirrorFault> {
    let unusable = |name: &str, error: rustls::pki_types::pem::Error| {
        MirrorFault::Address(format!("{name} cannot be used: {error}"))
    };
    let certificates = settings.tls_ca_file().into_iter().chain(settings.user_certificate().map(|(file, _)| file));
    for file in certificates {
        let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        if read.map_err(|error| unusable(file, error))?.is_empty() {
            return Err(MirrorFault::Address(format!("{file} holds no certificate")));
        }
    }
    if let Some((_, key)) = settings.user_certificate() {
        PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        Address::parse(text).expect_err(text).to_string()
    }

    #[test]
    fn connection_strings_are_those_of_eventstoredb() {
        for text in [
            "esdb://localhost:2113?tls=false",
            "esdb://admin:changeit@one:2113",
            "esdb://one:1111,two:2222,three:3333",
            "esdb+discover://cluster.example:2113",
        ] {
            assert!(Address::parse(text).is_ok(), "{text}");
        }
        assert!(fault("http://localhost:2113").contains("esdb://"));
    }

    #[test]
    fn files_must_be_there_before_anything_starts() {
        let reason = fault("esdb://admin:secret@localhost:2113?tlsCaFile=/nowhere/ca.pem");
        assert!(reason.contains("/nowhere/ca.pem") && !reason.contains("secret"), "{reason}");
    }
}
