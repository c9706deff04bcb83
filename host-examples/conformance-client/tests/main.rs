//! The client as the conformance suite runs it: a process, a folder of metadata, and a server on the loopback
//! interface that writes down what it is asked for. Each test runs three clients: the one of this package, that of the npm
//! package and that of the host in Python.

#[macro_use]
mod program;

mod clock;
mod download;
mod folder;
mod network;
mod protocol;
mod roles;
mod roots;
mod shared_store;
mod world;
