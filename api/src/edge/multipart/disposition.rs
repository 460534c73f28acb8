//! File names in `Content-Disposition`. The extended form (`filename*=UTF-8''…`) that some
//! clients send for names beyond ASCII comes before the plain one.

use axum::http::header;
use multer::Field;
use percent_encoding::percent_decode_str;

/// The name of the file in this part; `None` where it is a text.
pub(super) fn file_name_of(part: &Field<'_>) -> Option<String> {
    let disposition = part.headers().get(header::CONTENT_DISPOSITION)?;
    extended(disposition.as_bytes()).or_else(|| part.file_name().map(str::to_owned))
}

fn extended(disposition: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(disposition).ok()?;
    let parameters = text.split(';').map(str::trim);
    let value = parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find_map(|(name, value)| name.trim().eq_ignore_ascii_case("filename*").then_some(value.trim()))?;
    let mut sections = value.trim_matches('"').splitn(3, '\'');
    let charset = sections.next()?;
    let encoded = sections.nth(1)?;
    let is_utf8 = charset.eq_ignore_ascii_case("utf-8");
    is_utf8.then(|| percent_decode_str(encoded).decode_utf8().ok().map(String::from)).flatten()
}

#[cfg(test)]
mod tests {
    use super::extended;

    #[test]
    fn reads_the_extended_form() {
        let name = |text: &str| extended(text.as_bytes());
        let both = "form-data; name=\"f\"; filename=\"Gr__e.jpg\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.jpg";
        assert_eq!(name(both).as_deref(), Some("Grüße.jpg"));
        assert_eq!(name("form-data; filename*=utf-8'de'a%20b.jpg").as_deref(), Some("a b.jpg"));
        assert_eq!(name("form-data; filename*=latin1''a.jpg"), None);
        assert_eq!(name("form-data; filename*=UTF-8''%FF.jpg"), None);
        assert_eq!(name("form-data; filename=\"a.jpg\""), None);
    }
}
