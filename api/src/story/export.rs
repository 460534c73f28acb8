//! The forms in which history leaves: JSON lines, and CSV for spreadsheets.

use serde_json::Value;

use crate::dto::history::HistoryEntryDto;

/// A form of export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON object per line.
    JsonLines,
    /// Comma-separated, with a line of names.
    Csv,
}

const CSV_NAMES: &str = "position,at,kind,id,event,actor,words,client,session,was,became\r\n";

impl Form {
    /// The media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::JsonLines => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    /// What stands before the entries.
    #[must_use]
    pub const fn head(self) -> &'static str {
        match self {
            Self::JsonLines => "",
            Self::Csv => CSV_NAMES,
        }
    }

    /// An entry, with the end of its line.
    #[must_use]
    pub fn line(self, entry: &HistoryEntryDto) -> String {
        match self {
            Self::JsonLines => serde_json::to_string(entry).unwrap_or_default() + "\n",
            Self::Csv => csv_line(entry),
        }
    }
}

fn csv_line(entry: &HistoryEntryDto) -> String {
    let whole = serde_json::to_value(entry).unwrap_or_default();
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let names = ["position", "at", "kind", "id", "event"].map(|name| text(&whole[name]));
    let rest = ["words", "client", "sessionId", "was", "became"].map(|name| text(&whole[name]));
    let mut cells: Vec<String> = names.into_iter().chain([text(&whole["actor"]["name"])]).chain(rest).collect();
    cells.iter_mut().for_each(|text| *text = cell(text));
    cells.join(",") + "\r\n"
}

/// A cell in quotation marks. A spreadsheet would take one that begins like a formula for one.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_texts_and_never_formulas() {
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
    }
}
