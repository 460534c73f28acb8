//! The library: every asset as clients see it, the timeline's months, and what there is of what.
//!
//! One row holds all of an asset, because one fold of its events yields all of it; the timeline,
//! its buckets, the trash, an asset's details and the metadata search are queries on it. Counts
//! are kept beside, so that no page counts assets.

mod apply;
mod changes;
mod conditions;
mod counts;
mod days;
mod download;
mod explore;
mod fold;
mod folders;
pub mod folding;
mod grams;
mod in_albums;
mod kept;
mod map;
mod markers;
mod months;
mod queries;
mod rows;
mod search;
mod short_ways;
mod tile;
mod timeline;
mod values;

pub use apply::Library;
pub use changes::CaptureDate;
pub use conditions::{Condition, Conditions, Field, Test, Value, Values};
pub use download::Packed;
pub use explore::{Suggested, SuggestionFilter};
pub use fold::{Edits, Withdrawn, before, is_read};
pub use folders::FolderWalk;
pub use map::{MapFilter, Marker, MarkerPage, MarkerPages, Place};
pub use queries::{AssetFilter, AssetPaths, LibraryQueries, Usage};
pub(crate) use rows::AlbumSumRow;
pub use rows::{AssetBrief, AssetRow, KeyValueRow};
pub(crate) use search::Question;
pub use search::{MetadataFilter, SortField};
pub use tile::Tile;
pub use timeline::{Bucket, BucketFilter, TimeBy};
