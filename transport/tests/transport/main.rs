//! Tests of `tuf-transport`, one file for each of its jobs.

mod authorities;
mod locations;
mod origins;
mod references;
