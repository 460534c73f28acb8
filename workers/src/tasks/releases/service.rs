//! Who knows which version is the newest, asked once. Nothing in the answer is believed unseen.

use std::time::Duration;

use albumen_domain::system::release::{ApiVersion, ReleaseChannel};
use reqwest::{Client, ClientBuilder, StatusCode};
use serde::Deserialize;

use crate::http::{install_cryptography, with_causes};

/// Nobody waits for the answer; whoever has not given it by then is not going to.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A version and a date are less than a hundred bytes.
const MAX_ANSWER_BYTES: usize = 16 << 10;
/// Whoever is asked may know by whom.
const USER_AGENT: &str = concat!("Albumen/", env!("CARGO_PKG_VERSION"));

/// Why no version was found.
#[derive(Debug, thiserror::Error)]
pub(super) enum LookFailure {
    #[error("nobody answers: {0}")]
    Away(String),
    #[error("the answer has the status {0}")]
    Refused(StatusCode),
    #[error("the answer is longer than {} bytes", MAX_ANSWER_BYTES)]
    TooLong,
    #[error("the answer names no version")]
    Strange,
}

impl From<reqwest::Error> for LookFailure {
    fn from(error: reqwest::Error) -> Self {
        Self::Away(with_causes(&error))
    }
}

/// What is read of an answer.
#[derive(Deserialize)]
struct Answer {
    version: String,
}

/// What asks.
pub(super) fn client() -> ClientBuilder {
    install_cryptography();
    Client::builder().timeout(TIMEOUT).user_agent(USER_AGENT)
}

/// The newest version of a channel, in the words of whoever is asked.
pub(super) async fn newest(client: &Client, url: &str, channel: ReleaseChannel) -> Result<String, LookFailure> {
    let mut response = client.get(url).query(&[("channel", asked(channel))]).send().await?;
    if !response.status().is_success() {
        return Err(LookFailure::Refused(response.status()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(LookFailure::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    let answer: Answer = serde_json::from_slice(&body).map_err(|_| LookFailure::Strange)?;
    ApiVersion::parse(&answer.version).map(|_| answer.version).ok_or(LookFailure::Strange)
}

/// What a channel is called there.
const fn asked(channel: ReleaseChannel) -> &'static str {
    match channel {
        ReleaseChannel::Stable => "stable",
        ReleaseChannel::ReleaseCandidate => "rc",
    }
}
