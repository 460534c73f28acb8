//! The rules of a tag.

use uuid::Uuid;

use super::{TagColored, TagCreated, TagDeleted, TagEvent};
use crate::{Aggregate, Claim, StreamKind, Subject};

/// A user has each path once.
pub const VALUE_CLAIM: &str = "tag-value";

/// The longest path: an index of PostgreSQL takes 2,700 bytes, and a path needs far fewer.
const MAX_VALUE_BYTES: usize = 1_000;

/// What the rules have to remember of a tag.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tag {
    life: Life,
    owner: Option<Uuid>,
    /// Unknown when it was erased, or not opened.
    value: Option<String>,
    color: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    #[default]
    Unborn,
    Alive,
    Deleted,
}

/// A request to a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagCommand {
    /// Exist.
    Create(NewTag),
    /// Have this colour, or none.
    Color(Option<String>),
    /// Be gone.
    Delete,
}

/// See [`TagCommand::Create`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTag {
    /// Whose.
    pub owner: Uuid,
    /// The tag above it.
    pub parent: Option<Uuid>,
    /// Its path, with `/` between the levels.
    pub value: String,
    /// `#` and hexadecimal digits.
    pub color: Option<String>,
}

/// Why a tag refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagRefusal {
    /// It was never made, or is gone.
    #[error("Tag not found")]
    Unknown,
    /// An id was used twice.
    #[error("a tag with this id exists already")]
    Exists,
    /// A path that no index takes.
    #[error("the path of a tag has at most {MAX_VALUE_BYTES} bytes; choose shorter names")]
    TooLong,
}

fn claim_key(owner: Uuid, value: &str) -> Vec<u8> {
    [owner.as_bytes().as_slice(), value.as_bytes()].concat()
}

impl Tag {
    fn create(&self, new: NewTag) -> Result<Vec<TagEvent>, TagRefusal> {
        if self.life != Life::Unborn {
            return Err(TagRefusal::Exists);
        }
        if new.value.len() > MAX_VALUE_BYTES {
            return Err(TagRefusal::TooLong);
        }
        let NewTag { owner, parent, value, color } = new;
        Ok(vec![TagCreated { owner, parent, value: value.into(), color }.into()])
    }
}

impl Aggregate for Tag {
    const KIND: StreamKind = StreamKind::Tag;
    type Command = TagCommand;
    type Event = TagEvent;
    type Refusal = TagRefusal;

    fn decide(&self, command: TagCommand) -> Result<Vec<TagEvent>, TagRefusal> {
        if let TagCommand::Create(new) = command {
            return self.create(new);
        }
        if self.life != Life::Alive {
            return Err(TagRefusal::Unknown);
        }
        Ok(match command {
            TagCommand::Create(_) => Vec::new(),
            TagCommand::Color(color) if color == self.color => Vec::new(),
            TagCommand::Color(color) => vec![TagColored { color }.into()],
            TagCommand::Delete => vec![TagDeleted {}.into()],
        })
    }

    fn evolve(&mut self, event: &TagEvent) {
        match event {
            TagEvent::Created(created) => {
                *self = Self {
                    life: Life::Alive,
                    owner: Some(created.owner),
                    value: created.value.known().cloned(),
                    color: created.color.clone(),
                }
            }
            TagEvent::Colored(colored) => self.color.clone_from(&colored.color),
            TagEvent::Deleted(_) => self.life = Life::Deleted,
        }
    }

    fn claims(&self, _id: Uuid, event: &TagEvent) -> Vec<Claim> {
        match event {
            TagEvent::Created(created) => {
                let take = |value: &String| Claim::take(VALUE_CLAIM, claim_key(created.owner, value));
                created.value.known().map(take).into_iter().collect()
            }
            TagEvent::Deleted(_) => {
                let known = self.owner.zip(self.value.as_ref());
                known.map(|(owner, value)| Claim::release(VALUE_CLAIM, claim_key(owner, value))).into_iter().collect()
            }
            TagEvent::Colored(_) => Vec::new(),
        }
    }

    fn subject(&self, id: Uuid, event: &TagEvent) -> Subject {
        let owner = match event {
            TagEvent::Created(created) => created.owner,
            _ => self.owner.unwrap_or(id),
        };
        Subject { id, owner }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClaimChange, testing::given};

    const OWNER: Uuid = Uuid::from_u128(1);

    fn new_tag() -> NewTag {
        NewTag { owner: OWNER, parent: None, value: "a/b".into(), color: None }
    }

    fn created() -> TagEvent {
        TagCreated { owner: OWNER, parent: None, value: "a/b".to_owned().into(), color: None }.into()
    }

    #[test]
    fn a_tag_is_made_coloured_and_deleted() {
        let red = Some("#ff0000".to_owned());
        given::<Tag>([]).when(TagCommand::Create(new_tag())).then([created()]);
        given::<Tag>([created()]).when(TagCommand::Color(red.clone())).then([TagColored { color: red.clone() }.into()]);
        given::<Tag>([created(), TagColored { color: red.clone() }.into()]).when(TagCommand::Color(red)).then([]);
        given::<Tag>([created()]).when(TagCommand::Delete).then([TagDeleted {}.into()]);
    }

    #[test]
    fn nothing_can_be_asked_of_the_unborn_and_the_deleted() {
        assert_eq!(given::<Tag>([]).when(TagCommand::Delete).refused(), TagRefusal::Unknown);
        let gone = [created(), TagDeleted {}.into()];
        assert_eq!(given::<Tag>(gone.clone()).when(TagCommand::Color(None)).refused(), TagRefusal::Unknown);
        assert_eq!(given::<Tag>(gone).when(TagCommand::Create(new_tag())).refused(), TagRefusal::Exists);
        let long = NewTag { value: "x".repeat(MAX_VALUE_BYTES + 1), ..new_tag() };
        assert_eq!(given::<Tag>([]).when(TagCommand::Create(long)).refused(), TagRefusal::TooLong);
    }

    #[test]
    fn a_path_is_claimed_until_the_tag_is_deleted() {
        let mut tag = Tag::default();
        let taken = tag.claims(Uuid::nil(), &created());
        tag.evolve(&created());
        let released = tag.claims(Uuid::nil(), &TagDeleted {}.into());
        assert_eq!(taken[0].key, released[0].key);
        assert_eq!((taken[0].change, released[0].change), (ClaimChange::Take, ClaimChange::Release));
    }
}
