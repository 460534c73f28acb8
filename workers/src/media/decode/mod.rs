//! Decoding in a child process with bounds, so that a hostile file costs a failed attempt and
//! nothing else.
//!
//! The parent keeps a [`DecodePool`]; each of its children is the program `albumen-decode`, which
//! does nothing but [`run_child`]. They speak frames of JSON over a pair of pipes, one request at
//! a time. The program is one of its own, not another face of `albumen`, because its libraries
//! cost 40 MB and 150 ms just to be mapped.

mod child;
mod failure;
mod frame;
mod pool;
mod request;
mod settings;

// What runs in the child only.
mod face;
mod icc;
mod image;
mod jpeg;
mod limits;
mod locate;
mod pixels;
mod places;
mod previews;
mod sniff;
mod video;
mod vips;
mod webp;

pub use child::run_child;
pub use failure::DecodeFailure;
pub use pool::{DECODER_PROGRAM, DecodeBounds, DecodePool, DecodeTimeouts};
pub use request::{FaceRequest, MadeFile, NamedPlace, OutputFile, Previews, PreviewsRequest, SourceKind};
pub use settings::{Colorspace, FullsizeSettings, PictureFormat, PictureSettings, PreviewSettings, is_sphere};
