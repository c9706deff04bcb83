//! The ways past a verified build, each shown open with the obvious mechanism first, then closed.

mod caches;
mod configuration;
mod index;
mod nested;
