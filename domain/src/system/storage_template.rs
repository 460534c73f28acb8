//! Templates of paths in the library: what can stand in one.

/// Years.
pub const YEARS: [&str; 2] = ["y", "yy"];
/// Months.
pub const MONTHS: [&str; 4] = ["M", "MM", "MMM", "MMMM"];
/// Weeks of the year.
pub const WEEKS: [&str; 2] = ["W", "WW"];
/// Days of the month.
pub const DAYS: [&str; 2] = ["d", "dd"];
/// Hours of the day.
pub const HOURS: [&str; 4] = ["h", "hh", "H", "HH"];
/// Minutes.
pub const MINUTES: [&str; 2] = ["m", "mm"];
/// Seconds and their fraction.
pub const SECONDS: [&str; 3] = ["s", "ss", "SSS"];
/// What is no part of a date.
const OTHERS: [&str; 10] =
    ["filename", "ext", "filetype", "filetypefull", "assetId", "assetIdShort", "album", "make", "model", "lensModel"];
/// Before a part of a date: the first or last day of the album.
const ALBUM_DATES: [&str; 2] = ["album-startDate-", "album-endDate-"];

/// Templates to choose from.
pub const PRESETS: [&str; 21] = [
    "{{y}}/{{y}}-{{MM}}-{{dd}}/{{filename}}",
    "{{y}}/{{MM}}-{{dd}}/{{filename}}",
    "{{y}}/{{MMMM}}-{{dd}}/{{filename}}",
    "{{y}}/{{MM}}/{{filename}}",
    "{{y}}/{{#if album}}{{album}}{{else}}Other/{{MM}}{{/if}}/{{filename}}",
    "{{#if album}}{{album-startDate-y}}/{{album}}{{else}}{{y}}/Other/{{MM}}{{/if}}/{{filename}}",
    "{{y}}/{{MMM}}/{{filename}}",
    "{{y}}/{{MMMM}}/{{filename}}",
    "{{y}}/{{MM}}/{{dd}}/{{filename}}",
    "{{y}}/{{MMMM}}/{{dd}}/{{filename}}",
    "{{y}}/{{y}}-{{MM}}/{{y}}-{{MM}}-{{dd}}/{{filename}}",
    "{{y}}-{{MM}}-{{dd}}/{{filename}}",
    "{{y}}-{{MMM}}-{{dd}}/{{filename}}",
    "{{y}}-{{MMMM}}-{{dd}}/{{filename}}",
    "{{y}}/{{y}}-{{MM}}/{{filename}}",
    "{{y}}/{{y}}-{{WW}}/{{filename}}",
    "{{y}}/{{y}}-{{MM}}-{{dd}}/{{assetId}}",
    "{{y}}/{{y}}-{{MM}}/{{assetId}}",
    "{{y}}/{{y}}-{{WW}}/{{assetId}}",
    "{{album}}/{{filename}}",
    "{{make}}/{{model}}/{{lensModel}}/{{filename}}",
];

/// Whether a template can be filled in: it holds only known words, and each `if` has its end.
#[must_use]
pub fn is_valid(template: &str) -> bool {
    let mut rest = template;
    // One per open `if`: whether its `else` was there.
    let mut open: Vec<bool> = Vec::new();
    while let Some((_, after)) = rest.split_once("{{") {
        let Some((word, after)) = after.split_once("}}") else { return false };
        rest = after;
        let is_fine = match word.trim() {
            "else" => open.last_mut().is_some_and(|has_else| !std::mem::replace(has_else, true)),
            "/if" => open.pop().is_some(),
            word => match word.strip_prefix("#if ") {
                Some(condition) => {
                    open.push(false);
                    is_known(condition.trim())
                }
                None => is_known(word),
            },
        };
        if !is_fine {
            return false;
        }
    }
    open.is_empty() && !rest.contains("}}")
}

fn is_known(word: &str) -> bool {
    let album_date = ALBUM_DATES.into_iter().find_map(|prefix| word.strip_prefix(prefix));
    OTHERS.contains(&word) || is_date(album_date.unwrap_or(word))
}

fn is_date(word: &str) -> bool {
    let groups: [&[&str]; 7] = [&YEARS, &MONTHS, &WEEKS, &DAYS, &HOURS, &MINUTES, &SECONDS];
    groups.into_iter().any(|group| group.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_presets_are_valid() {
        for preset in PRESETS {
            assert!(is_valid(preset), "{preset}");
        }
        assert!(is_valid("plain/{{album-endDate-MMM}}/{{ assetIdShort }}"));
    }

    #[test]
    fn what_cannot_be_filled_in_is_not() {
        for wrong in [
            "{{unknown}}/{{filename}}",
            "{{y",
            "y}}",
            "{{#if album}}{{y}}",
            "{{/if}}",
            "{{else}}",
            "{{#if album}}a{{else}}b{{else}}c{{/if}}",
            "{{{y}}}",
            "{{album-startDate-album}}",
            "{{}}",
        ] {
            assert!(!is_valid(wrong), "{wrong}");
        }
    }
}
