//! This project as a writer and as a reader.

mod reading;
mod writing;

pub(crate) use reading::read;
pub use writing::Keys;
pub(crate) use writing::write;
