//! The invariants of ARCHITECTURE.md that a test can hold.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests have a parent").to_owned()
}

/// Names of the crates that a room depends on, without those that only its tests need.
fn dependencies(room: &str) -> BTreeSet<String> {
    let manifest = fs::read_to_string(root().join(room).join("Cargo.toml")).expect("a manifest");
    let mut in_dependencies = false;
    let mut names = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            in_dependencies = line == "[dependencies]" || line.starts_with("[target.");
        } else if in_dependencies && let Some((name, _)) = line.split_once(['=', '.']) {
            names.insert(name.trim().to_owned());
        }
    }
    assert!(!names.is_empty(), "{room} has no dependencies: the manifest was misread");
    names
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[track_caller]
fn must_not_depend(room: &str, forbidden: &[&str]) {
    let has = dependencies(room);
    for name in forbidden {
        assert!(!has.contains(*name), "{room} must not depend on {name}");
    }
}

#[test]
fn the_domain_does_no_io() {
    let allowed = [
        "serde",
        "serde_json",
        "uuid",
        "chrono",
        "chrono-tz",
        "thiserror",
        "schemars",
        "base64",
        "half",
        "sha2",
        "semver",
    ];
    for name in dependencies("domain") {
        assert!(allowed.contains(&name.as_str()), "domain must stay pure, but depends on {name}");
    }
}

#[test]
fn the_domain_knows_no_clock_and_no_chance() {
    let mut files = Vec::new();
    sources(&root().join("domain/src"), &mut files);
    for file in files {
        let text = fs::read_to_string(&file).expect("a source");
        for forbidden in ["Utc::now", "Local::now", "SystemTime::now", "Instant::now", "new_v4", "std::fs", "std::net"]
        {
            assert!(!text.contains(forbidden), "{} uses {forbidden}", file.display());
        }
    }
}

#[test]
fn readers_and_writers_do_not_know_each_other() {
    must_not_depend("projections", &["albumen-commands", "albumen-workers", "albumen-api"]);
    must_not_depend("commands", &["albumen-projections", "albumen-workers", "albumen-api"]);
}

#[test]
fn only_the_edge_knows_http() {
    for room in ["domain", "schemas", "commands", "projections", "workers"] {
        must_not_depend(room, &["axum", "hyper", "tower-http", "utoipa"]);
    }
    // Workers ask models over it, and serve nobody.
    for room in ["domain", "schemas", "commands", "projections"] {
        must_not_depend(room, &["reqwest"]);
    }
}

#[test]
fn only_the_write_side_knows_the_event_store() {
    for room in ["domain", "schemas", "projections", "workers"] {
        must_not_depend(room, &["cqrs-es", "postgres-es", "sqlx"]);
    }
}

#[test]
fn only_the_write_side_knows_kafka() {
    for room in ["domain", "schemas", "projections", "workers", "api"] {
        must_not_depend(room, &["rdkafka"]);
    }
}

/// Routes ask commands and projections. What starts the database may speak SQL to it.
#[test]
fn the_routes_have_no_sql() {
    for folder in ["api/src/routes", "api/src/access", "api/src/edge", "api/src/dto"] {
        let mut files = Vec::new();
        sources(&root().join(folder), &mut files);
        for file in files {
            let text = fs::read_to_string(&file).expect("a source");
            for forbidden in ["SELECT ", "INSERT INTO ", "DELETE FROM ", "tokio_postgres", "sqlx::"] {
                assert!(!text.contains(forbidden), "{} has {forbidden}", file.display());
            }
        }
    }
}

#[test]
fn every_room_is_there() {
    for room in ["domain", "commands", "projections", "workers", "api", "schemas", "deploy", "tests"] {
        assert!(root().join(room).is_dir(), "{room} is missing");
    }
}
