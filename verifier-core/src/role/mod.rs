//! Metadata of each role, parsed (specification, chapter 4).

mod time;

pub use time::UnixTime;
