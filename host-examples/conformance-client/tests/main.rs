//! The client as the conformance suite runs it: a process, a folder of metadata, and a server on the loopback
//! interface that writes down what it is asked for.

mod clock;
mod download;
mod folder;
mod protocol;
mod roles;
mod roots;
mod world;
