//! The client of the distribution protocol, against Debian's `docker-registry` and against a hostile one.

mod authentication;
mod challenges;
mod credentials;
mod deadlines;
mod files;
mod hostile;
mod locations;
mod redirects;
mod round_trip;
mod server;
mod tls;
mod token_server;

use std::sync::Arc;

use tuf_oci::registry::{Credentials, DirectTransport, Location, Registry};

/// A client of `repository` at this host, without TLS.
fn client(host: &str, repository: &str, credentials: Option<Credentials>) -> Registry {
    let location = Location::parse(&format!("oci+http://{host}/{repository}")).expect("a location");
    let transport = DirectTransport::new(None, "test").expect("no settings that could be wrong");
    Registry::new(location, credentials, Arc::new(transport)).expect("usable settings")
}

fn credentials(user: &str, password: &str) -> Option<Credentials> {
    Some(Credentials::new(user, password).expect("a user name"))
}
