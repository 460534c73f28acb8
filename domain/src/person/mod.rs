//! Somebody who is seen in photos.
//!
//! A person belongs to the user whose photos show them, and to nobody else. What users say about a
//! person (the name, the birth date, hidden or a favourite, which face stands for them) is told here;
//! which faces are theirs is told by the faces themselves ([`crate::face`]), so that this stream stays
//! short however often somebody was photographed.
//!
//! A person who is merged into another one is gone for good, and all their faces are the other's from
//! then on. When a person is deleted their faces stay, and are nobody's.

mod command;
mod decide;
mod event;

pub use command::{NewPerson, PersonCommand, PersonEdit};
pub use decide::{Person, PersonRefusal};
pub use event::{
    PersonColor, PersonCreated, PersonDeleted, PersonDetailsChanged, PersonEvent, PersonFeatureFaceChosen,
    PersonMerged, PersonSettingsChanged,
};
