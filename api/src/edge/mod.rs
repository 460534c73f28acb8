//! The HTTP edge: what every route needs and none decides by itself. Errors get their status
//! here and nowhere else; bodies, queries and paths are checked against the published schemas;
//! files are served and forms are read in bounded memory.

pub mod compression;
pub mod correlation;
pub mod drain;
pub mod error;
pub mod etag;
pub mod files;
pub mod kept;
pub mod multipart;
pub mod pages;
pub mod proxy;
pub mod read_only;
pub mod validate;
pub mod web;

pub use correlation::CorrelationId;
pub use error::{ApiError, MayCome};
pub use kept::{KeptAnswers, Question, Taking};
pub use proxy::ClientOrigin;
pub use validate::{ValidJson, ValidPath, ValidQuery};
