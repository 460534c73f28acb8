//! The compact list of facts: the inner form of the reference, one operation or schema per line.

use serde::Serialize;

use crate::shape::Document;

/// Writes a document as facts; the lines make a change of one operation one line in a diff.
pub fn write(document: &Document) -> Result<String, serde_json::Error> {
    let operations = lines(&document.operations)?;
    let schemas = lines(&document.schemas)?;
    Ok(format!("{{\"operations\":{{\n{operations}\n}},\"schemas\":{{\n{schemas}\n}}}}\n"))
}

fn lines<T: Serialize>(entries: &std::collections::BTreeMap<String, T>) -> Result<String, serde_json::Error> {
    let mut rows = Vec::with_capacity(entries.len());
    for (name, entry) in entries {
        rows.push(format!("{}:{}", serde_json::to_string(name)?, serde_json::to_string(entry)?));
    }
    Ok(rows.join(",\n"))
}
