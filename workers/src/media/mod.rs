//! Media as files: where they lie, what they say, what is made of them.
//!
//! Nothing here knows the log, the database or HTTP. [`store`] reaches the files, [`paths`] names
//! them, [`exiftool`] reads their tags, [`decode`] makes their small pictures in a child process.

mod children;
pub mod decode;
pub mod exiftool;
pub mod layout;
pub mod paths;
pub mod store;
