//! Connections to PostgreSQL, encrypted where whoever runs the installation asks for it.
//!
//! `DATABASE_URL` says how, in PostgreSQL's own words: `sslmode=require` encrypts whoever answers,
//! `verify-ca` asks for a certificate that one of `sslrootcert` has signed (without it, one of the
//! authorities that browsers know), `verify-full` for one with the host's name. Without `sslmode`
//! nothing is encrypted, which is right for a socket and for one's own machine. The choice holds
//! for the whole process ([`encrypt`]), since it connects to one database alone.

mod tls;

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres::{Client, Config, Connection, Error, Socket, config::SslMode};

pub use tls::{Connector, Stream};

/// How far the other side is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Whoever answers (`require`).
    Anybody,
    /// Whoever has a certificate that is signed (`verify-ca`).
    Signed,
    /// The same, for this very host (`verify-full`).
    Host,
}

/// What a URL says about encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encryption {
    /// See [`Trust`].
    pub trust: Trust,
    /// Whose signatures count; none for those that browsers know.
    pub root_certificates: Option<PathBuf>,
}

struct Chosen {
    encryption: Encryption,
    connector: Connector,
}

static CHOSEN: OnceLock<Chosen> = OnceLock::new();
/// For connections that are not encrypted, which never ask it.
static UNUSED: OnceLock<Connector> = OnceLock::new();

/// Reads a URL (or PostgreSQL's `key=value` form), with what it says about encryption.
///
/// # Errors
/// A sentence for a person; it repeats nothing of the URL, which may hold a password.
pub fn parse(url: &str) -> Result<(Config, Option<Encryption>), String> {
    let (rest, mode) = without(url, "sslmode");
    let (rest, roots) = without(&rest, "sslrootcert");
    let config: Config = rest.parse().map_err(|error: Error| {
        std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string)
    })?;
    let trust = match mode.as_deref() {
        None | Some("disable" | "allow" | "prefer") => None,
        Some("require") => Some(Trust::Anybody),
        Some("verify-ca") => Some(Trust::Signed),
        Some("verify-full") => Some(Trust::Host),
        Some(other) => return Err(format!("sslmode={other} is none of disable, require, verify-ca and verify-full")),
    };
    Ok((config, trust.map(|trust| Encryption { trust, root_certificates: roots.map(PathBuf::from) })))
}

/// Takes one option out of a URL.
fn without(url: &str, name: &str) -> (String, Option<String>) {
    let prefix = format!("{name}=");
    let mut value = None;
    let mut keep = |part: &&str| match part.strip_prefix(&prefix) {
        Some(found) => {
            value = Some(found.trim_matches('\'').to_owned());
            false
        }
        None => true,
    };
    let rest = if url.contains("://") {
        let Some((address, query)) = url.split_once('?') else { return (url.to_owned(), None) };
        let kept: Vec<&str> = query.split('&').filter(&mut keep).collect();
        if kept.is_empty() { address.to_owned() } else { format!("{address}?{}", kept.join("&")) }
    } else {
        url.split_whitespace().filter(&mut keep).collect::<Vec<_>>().join(" ")
    };
    (rest, value)
}

/// From now on every connection of this process is encrypted so.
///
/// # Errors
/// A sentence for a person: the certificates cannot be used.
pub fn encrypt(encryption: &Encryption) -> Result<(), String> {
    let connector = connector_of(encryption)?;
    // Commands that open the database twice choose the same twice.
    let _ = CHOSEN.set(Chosen { encryption: encryption.clone(), connector });
    Ok(())
}

/// How connections are encrypted, for a client of another kind.
#[must_use]
pub fn encryption() -> Option<&'static Encryption> {
    CHOSEN.get().map(|chosen| &chosen.encryption)
}

/// The way to connect to `config`, with what encrypts it.
#[must_use]
pub fn secured(config: &Config) -> (Config, Connector) {
    let mut config = config.clone();
    match CHOSEN.get() {
        Some(chosen) => {
            config.ssl_mode(SslMode::Require);
            (config, chosen.connector.clone())
        }
        None => {
            config.ssl_mode(SslMode::Disable);
            (config, UNUSED.get_or_init(|| Connector::new(unused())).clone())
        }
    }
}

/// Connects.
///
/// # Errors
/// The database is away, or is not who it should be.
pub async fn connect(config: &Config) -> Result<(Client, Connection<Socket, Stream>), Error> {
    let (config, connector) = secured(config);
    config.connect(connector).await
}

fn connector_of(encryption: &Encryption) -> Result<Connector, String> {
    let provider = Arc::new(ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match encryption.trust {
        Trust::Anybody => Arc::new(Lenient { provider: provider.clone(), signed: None }),
        Trust::Signed => {
            Arc::new(Lenient { provider: provider.clone(), signed: Some(verifier(encryption, &provider)?) })
        }
        Trust::Host => verifier(encryption, &provider)?,
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(Connector::new(config))
}

/// What a connection that is not encrypted never asks.
fn unused() -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    let lenient = Arc::new(Lenient { provider: provider.clone(), signed: None });
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)
        .map(|config| config.dangerous().with_custom_certificate_verifier(lenient).with_no_client_auth())
        .unwrap_or_else(|_| unreachable!("the provider knows the default versions"))
}

fn verifier(encryption: &Encryption, provider: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, String> {
    let mut roots = RootCertStore::empty();
    match &encryption.root_certificates {
        Some(file) => {
            let unusable = |reason: String| format!("sslrootcert={}: {reason}", file.display());
            let certificates = CertificateDer::pem_file_iter(file).map_err(|error| unusable(error.to_string()))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
                roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(unusable("no certificate is in it".to_owned()));
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|error| error.to_string())
}

/// Believes without asking for the name, and without `signed` whoever answers: what `require` and `verify-ca` mean.
#[derive(Debug)]
struct Lenient {
    provider: Arc<CryptoProvider>,
    signed: Option<Arc<WebPkiServerVerifier>>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use rustls::CertificateError::{NotValidForName, NotValidForNameContext};
        let Some(signed) = &self.signed else { return Ok(ServerCertVerified::assertion()) };
        // The name is looked at last, so who fails by it alone is signed.
        match signed.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. })) => {
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encryption(url: &str) -> Option<Encryption> {
        parse(url).expect(url).1
    }

    #[test]
    fn a_url_says_how_connections_are_encrypted() {
        assert_eq!(encryption("postgres://a:b@host/db"), None);
        assert_eq!(encryption("host=one sslmode=disable user=a"), None);
        let full = encryption("postgres://a:b@host/db?sslmode=verify-full&connect_timeout=3&sslrootcert=/ca.pem");
        assert_eq!(full, Some(Encryption { trust: Trust::Host, root_certificates: Some("/ca.pem".into()) }));
        let signed = encryption("host=one sslrootcert='/ca.pem' sslmode=verify-ca");
        assert_eq!(signed, Some(Encryption { trust: Trust::Signed, root_certificates: Some("/ca.pem".into()) }));
        assert_eq!(encryption("postgres://host?sslmode=require").map(|found| found.trust), Some(Trust::Anybody));
    }

    #[test]
    fn the_rest_of_a_url_stays() {
        let (config, _) = parse("postgres://a:b@host:7/db?sslmode=require&application_name=x").expect("a URL");
        assert_eq!((config.get_dbname(), config.get_application_name()), (Some("db"), Some("x")));
    }

    #[test]
    fn what_is_not_meant_is_refused() {
        assert!(parse("postgres://host?sslmode=maybe").expect_err("is refused").contains("verify-full"));
        let nowhere = Encryption { trust: Trust::Host, root_certificates: Some("/nowhere/ca.pem".into()) };
        assert!(encrypt(&nowhere).expect_err("is refused").contains("/nowhere/ca.pem"));
    }
}
