//! The operations that read, from our own document.

use std::{fmt, path::Path, process::Command};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Fault;

/// Searches are asked by POST.
const SEARCHES: &str = "/search/";

/// An operation of the API.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.method, self.path, self.id)
    }
}

#[derive(Deserialize)]
struct Document {
    paths: Map<String, Value>,
}

/// Every GET, and the searches.
pub(super) fn operations(albumen: &Path) -> Result<Vec<Operation>, Fault> {
    let output = Command::new(albumen).arg("openapi").output();
    let output = output.map_err(|error| format!("{} cannot be started: {error}", albumen.display()))?;
    if !output.status.success() {
        return Err(format!("{} openapi failed: {}", albumen.display(), output.status).into());
    }
    let document: Document = serde_json::from_slice(&output.stdout)?;
    let mut found = Vec::new();
    for (path, methods) in &document.paths {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let reads = method == "get" || (method == "post" && path.starts_with(SEARCHES));
            if let (true, Some(id)) = (reads, operation["operationId"].as_str()) {
                found.push(Operation { id: id.to_owned(), method: method.to_uppercase(), path: path.clone() });
            }
        }
    }
    if found.is_empty() { Err("the document lists no operation that reads".into()) } else { Ok(found) }
}
