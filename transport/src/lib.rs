//! What the HTTP clients of this workspace share, whatever protocol they speak: absolute URLs, and whom TLS trusts.
//!
//! A [`Location`] is an absolute URL without credentials, and its [`Origin`] is what credentials may not leave.
//! [`tls::configuration`] says which authorities vouch for servers. Whether a redirect is followed, whether a proxy is
//! used and who is shown credentials is decided by each client.
//!
//! ```
//! use tuf_transport::Location;
//!
//! let asked = Location::parse("https://repository.example/metadata/1.root.json")?;
//! let next = asked.resolve("../moved/1.root.json?signature=secret")?;
//! assert_eq!(next.to_string(), "https://repository.example/moved/1.root.json");
//! assert_eq!(next.origin(), asked.origin());
//! # Ok::<(), tuf_transport::LocationError>(())
//! ```
//!
//! Nothing here opens a connection, and nothing here knows of keys or metadata.

mod location;
mod origin;
pub mod tls;

pub use location::{Location, LocationError};
pub use origin::{Origin, port_of};
