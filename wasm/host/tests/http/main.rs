//! The source behind HTTP, against servers on the loopback interface that answer byte for byte as told.

mod absence;
mod limits;
mod mirrors;
mod proxies;
mod ranges;
mod redirects;
mod retries;
mod server;
mod tls;
mod urls;

use std::io::Read;
use std::time::Duration;

use server::Server;
use tuf_verifier_host::source::HttpSourceBuilder;
use tuf_verifier_host::{HttpSource, Source, SourceError};

/// A source that reads from this server, without a proxy and without second tries.
fn builder(server: &Server) -> HttpSourceBuilder {
    let base = server.url();
    HttpSource::builder(&format!("{base}/metadata/"), &format!("{base}/targets/"))
        .direct()
        .retries(0)
        .backoff(Duration::from_millis(1), Duration::from_millis(20))
}

fn source(server: &Server) -> HttpSource {
    build(builder(server))
}

fn build(builder: HttpSourceBuilder) -> HttpSource {
    builder.build().expect("the settings are usable")
}

/// `1.root.json`, at most 1,000 bytes of it.
fn fetch(source: &HttpSource) -> Result<Option<Vec<u8>>, SourceError> {
    source.metadata("1.root.json", 1_000)
}

fn failure(source: &HttpSource) -> SourceError {
    match fetch(source) {
        Err(error) => error,
        Ok(answer) => panic!("an answer came: {answer:?}"),
    }
}

/// Every byte of a target stream, or what kept it from its end.
fn fetch_target(source: &HttpSource, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
    let Some(mut stream) = source.target(path)? else { return Ok(None) };
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => Ok(Some(bytes)),
        Err(error) => Err(SourceError::from_read(path, error)),
    }
}

/// Everything that a person could be shown of an error.
fn shown(error: &SourceError) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    format!("{error}\n{error:?}\n{cause}\n{}", error.advice())
}
