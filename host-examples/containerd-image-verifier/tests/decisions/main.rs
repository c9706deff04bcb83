//! The built verifier as processes of their own, called as containerd calls it, with a repository on the loopback
//! interface.

mod audit;
mod calls;
mod codes;
mod commands;
mod crowd;
mod end;
mod images;
mod policies;
mod registry;
mod rules;
mod trust;
mod unreachable;
mod world;
