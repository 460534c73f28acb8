//! Albums: what they are called, who is in them, and which assets.
//!
//! What is shown of an album's assets (how many, from when to when, which one stands for it) is not
//! kept here but joined from `library.asset` when somebody asks. It changes with every edit of an
//! asset, of which an album hears nothing; a copy would have to follow all of them. Each asset of an
//! album is one look-up by its key, and nothing else of a library is touched.
//!
//! Joining by name is safe across rebuilds: a rebuilt read model is swapped in by renaming its
//! schema, and no table here refers to one of another. The read models can be at different positions
//! for a moment. An asset that is in an album and not (or no longer) in the library is not shown, so
//! whatever is shown was there; and who changed something waits for all of them.

mod access;
mod apply;
mod queries;
mod rows;

pub use apply::Albums;
pub use queries::{AlbumFilter, AlbumPerson, AlbumQueries, AlbumStatistics, AlbumSummary, MapMarker};
pub use rows::{AlbumAssetRow, AlbumRow, AlbumUserRow};
