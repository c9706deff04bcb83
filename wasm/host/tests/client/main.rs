//! The component, its sandbox, and the client around it.

mod codes;
mod component;
mod differential;
mod download;
mod mirrors;
mod real_repositories;
mod refresh;
mod sandbox;
mod shared_store;
mod target;
mod world;
