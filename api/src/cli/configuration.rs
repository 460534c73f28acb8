//! Where the configuration comes from: what administrators set, which is in the log, or a file.

use std::{path::Path, sync::Arc};

use albumen_domain::{differences::merge, system::config};
use albumen_projections::{ReadModels, system::Configuration};
use deadpool_postgres::Pool;
use serde_json::{Map, Value};

use super::CliError;
use crate::{
    edge::validate::{Issue, PathSegment, check_json},
    installation::Config,
    routes::system_config::WholeConfig,
};

/// The configuration that this process goes by.
pub(super) fn of(config: &Config, database: &Pool) -> Result<Arc<Configuration>, CliError> {
    let found = match &config.config_file {
        Some(path) => Configuration::of_file(&differences_in(path)?),
        None => Configuration::of_log(ReadModels::queries_only(database).system().clone()),
    };
    found.ok_or_else(|| CliError::Other("the configuration does not have the shape of this release".to_owned()))
}

/// What differs from the defaults in a file, which may hold a part of a configuration.
fn differences_in(path: &Path) -> Result<Map<String, Value>, CliError> {
    let because = |reason: &dyn std::fmt::Display| {
        CliError::Other(format!("the configuration in {} cannot be used: {reason}", path.display()))
    };
    let text = std::fs::read_to_string(path).map_err(|error| because(&error))?;
    let chosen: Map<String, Value> = serde_json::from_str(&text).map_err(|error| because(&error))?;
    checked(chosen).map_err(|reason| because(&reason))
}

fn checked(chosen: Map<String, Value>) -> Result<Map<String, Value>, String> {
    let Value::Object(mut whole) = config::defaults() else { return Err("it has no defaults".to_owned()) };
    for key in chosen.keys().filter(|key| !whole.contains_key(key.as_str())) {
        tracing::warn!(key, "the configuration file has a key that is not known");
    }
    merge(&mut whole, chosen);
    match check_json::<WholeConfig>(Some(Value::Object(whole))) {
        Ok(config) => Ok(config.differences()),
        Err(error) => Err(error.issues().iter().map(told).collect::<Vec<_>>().join("; ")),
    }
}

fn told(issue: &Issue) -> String {
    let segment = |segment: &PathSegment| match segment {
        PathSegment::Key(key) => key.clone(),
        PathSegment::Index(index) => index.to_string(),
    };
    let path: Vec<String> = issue.path().iter().map(segment).collect();
    format!("{}: {}", path.join("."), issue.message())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(file: Value) -> Result<Value, String> {
        checked(file.as_object().cloned().expect("an object")).map(Value::Object)
    }

    #[test]
    fn a_part_is_enough() {
        let file = json!({"trash": {"days": 5, "enabled": "false"}, "passwordLogin": {"enabled": "true"}});
        assert_eq!(read(file), Ok(json!({"trash": {"days": 5, "enabled": false}})));
        assert_eq!(read(json!({"novelty": 1})), Ok(json!({})));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let error = read(json!({"trash": {"days": "many"}, "server": {"publicUsers": "perhaps"}})).expect_err("wrong");
        assert!(error.contains("trash.days: Invalid input") && error.contains("server.publicUsers: "), "{error}");
    }
}
