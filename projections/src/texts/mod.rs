//! Text in pictures: what was read in them, and which of them a text is in.
//!
//! Of each asset there is one document: the words of all its lines. Chinese, Japanese and Korean have no blanks
//! between words, so a run of their letters is cut into overlapping pairs. A document fits a query when they are
//! as alike as PostgreSQL's `pg_trgm` asks for (see [`crate::text`]). What can fit is found through an index of
//! groups of three letters, in which each owner's groups have numbers of their own: whoever searches pays for
//! what is theirs, however many others there are.

mod apply;
mod grams;
mod queries;
mod rows;
mod words;

pub use apply::Texts;
pub use queries::{TextQueries, Within};
pub(crate) use rows::line_id;
pub use rows::{LineRow, ReadingRow};
