//! Several repositories behind real servers, each with a trusted store in a real folder (TAP 4).

mod agreement;
mod connecting;
mod downloads;
mod vehicle;
