//! Where models lie, and how they come there.
//!
//! The folders are those of Immich's cache, so that one that is there already works as it is.

mod header;
mod hub;
mod place;
mod pull;

pub use header::Header;
pub use hub::{DEFAULT_HUB, DEFAULT_OCR_HUB, Hubs};
pub use place::{Missing, Stamp, Store};
pub use pull::{Progress, PullFault, Puller};

use albumen_domain::models::{ModelTask, clean_name};

/// A model by its task and the name of its folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelId {
    /// What it is for.
    pub task: ModelTask,
    /// A clean name: it is safe in a path.
    pub name: String,
}

impl ModelId {
    /// Of a name as it is configured; none when nothing is left of it.
    #[must_use]
    pub fn of(task: ModelTask, name: &str) -> Option<Self> {
        let name = clean_name(name);
        let is_plain = name.chars().all(|c| !c.is_control() && c != '\0');
        (!name.is_empty() && name.len() <= MAX_NAME_BYTES && is_plain).then_some(Self { task, name })
    }

    /// The small model that stands in for this one; none when it is that one.
    #[must_use]
    pub fn substitute(&self) -> Option<Self> {
        let name = self.task.substitute();
        (name != self.name).then(|| Self { task: self.task, name: name.to_owned() })
    }
}

impl std::fmt::Display for ModelId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.task.as_str(), self.name)
    }
}

/// What a file system takes as a name.
const MAX_NAME_BYTES: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for name in ["", "..", "a/", "a/..", "a\nb", &"x".repeat(201)] {
            assert_eq!(ModelId::of(ModelTask::Clip, name), None, "{name:?}");
        }
        let id = ModelId::of(ModelTask::Clip, "../../ViT-B-32::openai").expect("a name");
        assert_eq!(id.to_string(), "clip/ViT-B-32__openai");
    }

    #[test]
    fn nothing_stands_in_for_itself() {
        let id = ModelId::of(ModelTask::Ocr, "PP-OCRv5_mobile").expect("a name");
        let small = id.substitute().expect("a small one");
        assert_eq!(small.to_string(), "ocr/PP-OCRv6_small");
        assert_eq!(small.substitute(), None);
    }
}
