//! A registry that nobody signs, in the hands of whoever runs its server.

use std::sync::{Arc, Mutex, OnceLock};

use tuf_test_server::{Answer, Server};

use super::Krate;

/// A registry that nobody signs.
pub(crate) struct PlainRegistry {
    server: Server,
    requests: Arc<Mutex<Vec<String>>>,
}

impl PlainRegistry {
    /// Serves these packages with honest index lines.
    pub(crate) fn serving(packages: &[Krate]) -> Self {
        let lines = packages.iter().map(Krate::index_line).collect::<Vec<_>>();
        Self::serving_lines(packages.iter().cloned().zip(lines).collect())
    }

    /// Serves these packages with the index lines that stand beside them.
    pub(crate) fn serving_lines(packages: Vec<(Krate, String)>) -> Self {
        let url = Arc::new(OnceLock::<String>::new());
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let (own, log) = (Arc::clone(&url), Arc::clone(&requests));
        let server = Server::start(move |request| {
            log.lock().expect("no panic").push(request.path.clone());
            answer(&packages, own.get().map_or("", String::as_str), &request.path)
        })
        .expect("a server");
        url.set(server.url()).expect("set once");
        Self { server, requests }
    }

    /// The URL of its server.
    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// The index URL as cargo's configuration names it.
    pub(crate) fn index_url(&self) -> String {
        format!("sparse+{}/index/", self.server.url())
    }

    /// Configuration by which this is the default registry.
    pub(crate) fn as_default(&self) -> String {
        format!("source.crates-io.replace-with='plain'\nsource.plain.registry='{}'\n", self.index_url())
    }

    /// The paths that were asked for.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

fn answer(packages: &[(Krate, String)], url: &str, path: &str) -> Answer {
    if path == "/index/config.json" {
        return Answer::Bytes(
            format!(r#"{{"dl":"{url}/crates/{{crate}}/{{crate}}-{{version}}.crate"}}"#).into(),
        );
    }
    if let Some((package, _)) =
        packages.iter().find(|(package, _)| path == format!("/{}", package.crate_path()))
    {
        return Answer::Bytes(package.bytes());
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let named = packages.iter().filter(|(package, _)| package.name == name);
    let lines: Vec<&str> = named.map(|(_, line)| line.as_str()).collect();
    if lines.is_empty() { Answer::Status(404) } else { Answer::Bytes((lines.join("\n") + "\n").into()) }
}
