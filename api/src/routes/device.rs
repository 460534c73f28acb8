//! What a client says about the device it runs on.

use albumen_domain::session::Device;
use axum::http::{HeaderMap, header};
use woothee::parser::{Parser, WootheeResult};

/// Longest text about a device that is kept: headers come from strangers.
const MAX_CHARACTERS: usize = 100;

/// How the apps name themselves before their version, the present form and the older one.
const APP_PREFIXES: [&str; 4] = ["immich-android/", "immich-ios/", "immich-unknown/", "Immich_Android_"];

/// Describes the device by the request's headers: what the browser says, else what the app says.
#[must_use]
pub fn of_headers(headers: &HeaderMap) -> Device {
    let user_agent = text(headers, header::USER_AGENT.as_str());
    let parsed = Parser::new().parse(user_agent).filter(|parsed| is_personal(parsed));
    let or_header = |known: Option<&str>, name: &str| match known {
        Some(known) => known.to_owned(),
        None => text(headers, name).chars().take(MAX_CHARACTERS).collect(),
    };
    Device {
        device_type: or_header(parsed.as_ref().and_then(browser_or_kind), "devicemodel"),
        device_os: or_header(parsed.as_ref().and_then(operating_system), "devicetype"),
        app_version: app_version(headers),
    }
}

/// The version of the app, where one is speaking. Costs next to nothing.
#[must_use]
pub fn app_version(headers: &HeaderMap) -> Option<String> {
    let user_agent = text(headers, header::USER_AGENT.as_str());
    let rest = APP_PREFIXES.iter().find_map(|prefix| user_agent.split_once(prefix))?.1;
    let version: String =
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || ".+-".contains(*c)).take(MAX_CHARACTERS).collect();
    (!version.is_empty()).then_some(version)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Programs and robots are no devices.
fn is_personal(parsed: &WootheeResult<'_>) -> bool {
    !matches!(parsed.category, "misc" | "crawler")
}

fn browser_or_kind<'a>(parsed: &WootheeResult<'a>) -> Option<&'a str> {
    let kind = matches!(parsed.category, "smartphone" | "mobilephone").then_some("mobile");
    known(parsed.name).or(kind)
}

/// In the words that clients have icons for.
fn operating_system(parsed: &WootheeResult<'_>) -> Option<&'static str> {
    Some(match parsed.os {
        "Mac OSX" | "Mac OS Classic" => "macOS",
        "iPhone" | "iPad" | "iPod" | "iOS" => "iOS",
        "Android" => "Android",
        "Linux" => "Linux",
        "ChromeOS" => "Chrome OS",
        "BSD" => "BSD",
        os if os.starts_with("Windows") => "Windows",
        _ => return None,
    })
}

fn known(text: &str) -> Option<&str> {
    (!matches!(text, "" | "UNKNOWN")).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(pairs: &[(&'static str, &str)]) -> (String, String, Option<String>) {
        let headers =
            pairs.iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")));
        let device = of_headers(&headers.collect());
        (device.device_type, device.device_os, device.app_version)
    }

    fn browser(user_agent: &str) -> (String, String, Option<String>) {
        device(&[("user-agent", user_agent)])
    }

    #[test]
    fn browsers_are_known_by_their_user_agent() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (user_agent, name, os) in [
            (format!("Mozilla/5.0 (X11; Linux x86_64) {webkit} Chrome/126.0.0.0 Safari/537.36"), "Chrome", "Linux"),
            (
                format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/126.0.0.0 Safari/537.36 Edg/126.0"),
                "Edge",
                "Windows",
            ),
            (
                format!("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {webkit} Version/17.4 Safari/605.1.15"),
                "Safari",
                "macOS",
            ),
            (
                format!(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) {webkit} Version/17.4 Mobile/15E148 Safari/604.1"
                ),
                "Safari",
                "iOS",
            ),
            (
                format!("Mozilla/5.0 (Linux; Android 14; Pixel 8) {webkit} Chrome/126.0.0.0 Mobile Safari/537.36"),
                "Chrome",
                "Android",
            ),
        ] {
            assert_eq!(browser(&user_agent), (name.to_owned(), os.to_owned(), None), "{user_agent}");
        }
    }

    #[test]
    fn the_apps_headers_count_where_there_is_no_browser() {
        let app = [("user-agent", "immich-android/3.1.0"), ("devicemodel", "Pixel 8"), ("devicetype", "Android")];
        assert_eq!(device(&app), ("Pixel 8".into(), "Android".into(), Some("3.1.0".into())));
        assert_eq!(browser("curl/8.5.0"), (String::new(), String::new(), None));
        assert_eq!(device(&[]), (String::new(), String::new(), None));
    }

    #[test]
    fn versions_of_the_app_are_read_in_both_forms() {
        assert_eq!(browser("Immich_Android_1.94.1").2.as_deref(), Some("1.94.1"));
        assert_eq!(browser("immich-ios/1.130.0+200 (x)").2.as_deref(), Some("1.130.0+200"));
        assert_eq!(browser("immich-ios/").2, None);
    }

    #[test]
    fn what_a_stranger_says_is_cut_off() {
        let long = "x".repeat(5_000);
        assert_eq!(device(&[("devicemodel", &long)]).0.len(), MAX_CHARACTERS);
    }
}
