//! A label that a user puts on assets, with a place in that user's tree of labels.
//!
//! A tag is known by its path: `Places/Lake` is the tag `Lake` under `Places`. A user has each path
//! once: the claim `tag-value` holds that. Tags are made by their user, or by the worker that found
//! them in a file.
//!
//! Which assets have a tag is told in the streams of the assets: a tag that is on every picture of a
//! library would have a stream that nobody can load. A tag that is deleted is on no asset any more,
//! whatever the asset remembers; its id never comes back.

mod decide;
mod event;

pub use decide::{NewTag, Tag, TagCommand, TagRefusal, VALUE_CLAIM};
pub use event::{TagColored, TagCreated, TagDeleted, TagEvent};

/// What stands between the levels of a path.
pub const SEPARATOR: char = '/';

/// The paths of a tag and of all above it, the topmost first. Levels without a name are passed over.
#[must_use]
pub fn levels(path: &str) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for name in path.split(SEPARATOR).filter(|name| !name.is_empty()) {
        let path = match paths.last() {
            Some(above) => format!("{above}{SEPARATOR}{name}"),
            None => name.to_owned(),
        };
        paths.push(path);
    }
    paths
}

/// The last level of a path.
#[must_use]
pub fn name_of(path: &str) -> &str {
    path.rsplit(SEPARATOR).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_all_above_it() {
        assert_eq!(levels("a/b/c"), ["a", "a/b", "a/b/c"]);
        assert_eq!(levels("/a//b/"), ["a", "a/b"]);
        assert!(levels("//").is_empty());
        assert_eq!((name_of("a/b"), name_of("a")), ("b", "a"));
    }
}
