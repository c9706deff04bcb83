//! The component, its sandbox, and the client around it.

mod causes;
mod codes;
mod component;
mod differential;
mod download;
mod hostile;
mod lines;
mod long_files;
mod mirrors;
mod real_repositories;
mod refresh;
mod resume;
mod rotation;
mod sandbox;
mod schemes;
mod shared_store;
mod target;
mod threads;
mod told;
mod unfinished;
mod world;
