//! What all have in common that ask others over HTTP.

/// Says how connections are encrypted, without which no client can be made. The first that says so counts.
pub(crate) fn install_cryptography() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// An error with its causes: that of reqwest alone does not say why.
pub(crate) fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}
