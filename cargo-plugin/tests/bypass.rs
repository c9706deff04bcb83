//! The ways past a verified build, each shown open with the obvious mechanism first, then closed.

mod caches;
mod compromise;
mod configuration;
mod index;
mod nested;
mod sources;
#[cfg(unix)]
mod surroundings;
