//! When it is looked, and what is made of answers that a small service gives.

use albumen_domain::system::release::ReleaseChannel;
use chrono::TimeZone;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{
    service::{LookFailure, client, newest},
    *,
};

fn at(hour: u32, minute: u32, second: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, hour, minute, second).single().expect("a time")
}

#[test]
fn the_next_look_is_at_the_minute() {
    assert_eq!(until_minute(at(9, 10, 30), 40), Duration::from_secs(29 * 60 + 30));
    assert_eq!(until_minute(at(9, 50, 0), 40), Duration::from_secs(50 * 60));
    assert_eq!(until_minute(at(23, 59, 59), 0), Duration::from_secs(1));
    assert_eq!(until_minute(at(9, 40, 0), 40), Duration::from_secs(3_600));
}

#[test]
fn what_was_found_just_now_is_recent() {
    let now = at(9, 0, 0);
    assert!(is_recent(now, now) && is_recent(now - TimeDelta::seconds(49), now));
    assert!(!is_recent(now - TimeDelta::seconds(50), now));
    assert!(!is_recent(now + TimeDelta::seconds(1), now), "a clock that was ahead does not silence the server");
}

/// What is on this machine is asked without a proxy, whatever the environment says.
async fn look(url: &str, channel: ReleaseChannel) -> Result<String, LookFailure> {
    newest(&client().no_proxy().build().expect("a client"), url, channel).await
}

/// Asks a service that gives one answer, and returns what came of it and what it was asked.
async fn ask(answer: Vec<u8>, channel: ReleaseChannel) -> (Result<String, LookFailure>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/version", listener.local_addr().expect("an address"));
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut chunk = [0; 4_096];
            let length = stream.read(&mut chunk).await.expect("a request");
            assert!(length > 0, "the request has no end");
            request.extend_from_slice(&chunk[..length]);
        }
        // Whoever has read enough goes away.
        let _ = stream.write_all(&answer).await;
        String::from_utf8(request).expect("is text")
    });
    let found = look(&url, channel).await;
    (found, served.await.expect("was asked"))
}

fn response(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

#[tokio::test]
async fn a_version_is_taken_as_it_is_told() {
    let answer = response("200 OK", r#"{"version":"v3.2.0","published_at":"2026-05-01T00:00:00.000Z"}"#);
    let (found, request) = ask(answer, ReleaseChannel::Stable).await;
    assert_eq!(found.expect("a version"), "v3.2.0");
    assert!(request.starts_with("GET /version?channel=stable HTTP/1.1\r\n"), "{request}");
    assert!(request.to_lowercase().contains("user-agent: albumen/"), "{request}");
    let (found, request) =
        ask(response("200 OK", r#"{"version":"3.2.0-rc.1"}"#), ReleaseChannel::ReleaseCandidate).await;
    assert_eq!(found.expect("a version"), "3.2.0-rc.1");
    assert!(request.starts_with("GET /version?channel=rc HTTP/1.1\r\n"), "{request}");
}

#[tokio::test]
async fn what_names_no_version_is_none() {
    let deep = "[".repeat(10_000);
    for body in [
        "",
        "<html>",
        "null",
        "[]",
        "{}",
        r#"{"version":3}"#,
        r#"{"version":""}"#,
        r#"{"version":"newest"}"#,
        deep.as_str(),
    ] {
        let (found, _) = ask(response("200 OK", body), ReleaseChannel::Stable).await;
        assert!(matches!(found, Err(LookFailure::Strange)), "{body}: {found:?}");
    }
}

#[tokio::test]
async fn an_error_is_no_answer() {
    for status in ["404 Not Found", "500 Oh"] {
        let (found, _) = ask(response(status, r#"{"version":"v3.2.0"}"#), ReleaseChannel::Stable).await;
        assert!(matches!(found, Err(LookFailure::Refused(_))), "{status}: {found:?}");
    }
    let (found, _) = ask(b"no HTTP\r\n\r\n".to_vec(), ReleaseChannel::Stable).await;
    assert!(matches!(found, Err(LookFailure::Away(_))), "{found:?}");
}

#[tokio::test]
async fn no_more_is_read_than_a_version_needs() {
    let body = format!(r#"{{"version":"v3.2.0","notes":"{}"}}"#, "x".repeat(64 << 10));
    let (found, _) = ask(response("200 OK", &body), ReleaseChannel::Stable).await;
    assert!(matches!(found, Err(LookFailure::TooLong)), "{found:?}");
}

#[tokio::test]
async fn where_nobody_is_nothing_is_found() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/version", listener.local_addr().expect("an address"));
    drop(listener);
    let found = look(&url, ReleaseChannel::Stable).await;
    assert!(matches!(found, Err(LookFailure::Away(_))), "{found:?}");
}
