//! Where the next page begins, as clients of version 3.2 send it back unread.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::edge::ApiError;

/// What comes after so many results.
pub fn after(results: i64) -> String {
    URL_SAFE_NO_PAD.encode(results.to_string())
}

/// How many results came before.
pub fn offset(cursor: &str) -> Result<i64, ApiError> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let offset = text.and_then(|text| text.parse::<i64>().ok()).filter(|offset| *offset >= 0);
    offset.ok_or_else(|| ApiError::bad_request("Invalid cursor"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_nothing_else_is() {
        assert_eq!(offset(&after(250)).expect("ours"), 250);
        for cursor in ["", "!", "MjUw=", &URL_SAFE_NO_PAD.encode("-1"), &URL_SAFE_NO_PAD.encode("1.5")] {
            assert!(offset(cursor).is_err(), "{cursor}");
        }
    }
}
