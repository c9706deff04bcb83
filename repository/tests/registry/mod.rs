//! A cargo registry on the loopback interface, and packages that are made for it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use tempfile::TempDir;
use tuf_repository::metadata::sha256_hex;

/// A registry, and a cargo home in which it takes the default registry's place.
pub(crate) struct Registry {
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    requests: Arc<Mutex<Vec<String>>>,
    index: String,
    folder: TempDir,
}

/// A package about to be published: its dependencies as they stand in Cargo.toml, and whether it carries a lock file.
pub(crate) struct Package<'p> {
    pub(crate) name: &'p str,
    pub(crate) version: &'p str,
    /// Name, requirement, kind and target of each dependency.
    pub(crate) dependencies: &'p [(&'p str, &'p str, &'p str, Option<&'p str>)],
    pub(crate) locked: bool,
}

impl Registry {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let files = Arc::new(Mutex::new(BTreeMap::new()));
        let config = format!(r#"{{"dl":"{base}/crates/{{crate}}-{{version}}"}}"#);
        files.lock().expect("files").insert("/index/config.json".to_owned(), config.into_bytes());
        let served = Arc::clone(&files);
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (served, seen) = (Arc::clone(&served), Arc::clone(&seen));
                thread::spawn(move || answer(stream, &served, &seen));
            }
        });
        let folder = TempDir::new().expect("a temporary folder");
        let home = folder.path().join("home");
        std::fs::create_dir(&home).expect("a folder");
        let config = format!(
            "[source.crates-io]\nreplace-with = \"loopback\"\n\n[source.loopback]\nregistry = \"sparse+{base}/index/\"\n"
        );
        std::fs::write(home.join("config.toml"), config).expect("a file");
        Self { files, requests, index: format!("sparse+{base}/index/"), folder }
    }

    /// Where its index is, as a configuration writes it.
    pub(crate) fn index(&self) -> &str {
        &self.index
    }

    /// The head of every request so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("requests").clone()
    }

    /// A file of the registry.
    pub(crate) fn file(&self, path: &str) -> String {
        String::from_utf8_lossy(self.files.lock().expect("files").get(path).expect("a file")).into_owned()
    }

    /// The cargo home whose settings lead to this registry.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Packs and publishes a package.
    pub(crate) fn publish(&self, package: &Package<'_>) {
        self.publish_with(package, "");
    }

    /// As above, with more in its Cargo.toml.
    pub(crate) fn publish_with(&self, package: &Package<'_>, more: &str) {
        let source = self.folder.path().join(format!("{}-{}", package.name, package.version));
        write_source(package, &source, more);
        self.publish_from(package, &source);
    }

    /// As above, without a library.
    pub(crate) fn publish_program(&self, package: &Package<'_>) {
        let source = self.folder.path().join(format!("{}-{}", package.name, package.version));
        write_source(package, &source, "");
        std::fs::remove_file(source.join("src/lib.rs")).expect("a library");
        self.publish_from(package, &source);
    }

    fn publish_from(&self, package: &Package<'_>, source: &Path) {
        if package.locked {
            self.cargo("generate-lockfile", source);
        }
        let bytes = pack(package, source);
        let line = index_line(package, &sha256_hex(&bytes));
        let path = format!("/crates/{}-{}", package.name, package.version);
        let mut files = self.files.lock().expect("files");
        files.insert(path, bytes);
        files.entry(index_path(package.name)).or_default().extend(line.into_bytes());
    }

    /// Changes a file of the registry.
    pub(crate) fn tamper(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
        change(self.files.lock().expect("files").get_mut(path).expect("a file of the registry"));
    }

    /// Runs cargo in a package.
    pub(crate) fn cargo(&self, command: &str, folder: &Path) {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(["--quiet", command])
            .current_dir(folder)
            .env("CARGO_HOME", self.folder.path().join("home"))
            .status()
            .expect("cargo starts");
        assert!(status.success(), "cargo {command}");
    }
}

/// Where the index file of a crate with a name of four or more letters is.
pub(crate) fn index_path(name: &str) -> String {
    format!("/index/{}/{}/{name}", &name[..2], &name[2..4])
}

/// Answers one GET and closes.
fn answer(mut stream: TcpStream, files: &Mutex<BTreeMap<String, Vec<u8>>>, requests: &Mutex<Vec<String>>) {
    let lines = BufReader::new(stream.try_clone().expect("a stream")).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let request = head.first().cloned().unwrap_or_default();
    requests.lock().expect("requests").push(head.join("\n"));
    let path = request.split(' ').nth(1).unwrap_or_default();
    let file = files.lock().expect("files").get(path).cloned();
    let (status, body) = match file {
        Some(body) => ("200 OK", body),
        None => ("404 Not Found", Vec::new()),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _gone = stream.write_all(&[head.as_bytes(), &body].concat());
}

fn write_source(package: &Package<'_>, folder: &Path, more: &str) {
    std::fs::create_dir_all(folder.join("src")).expect("a folder");
    std::fs::write(folder.join("src/main.rs"), "fn main() {}\n").expect("a file");
    std::fs::write(folder.join("src/lib.rs"), "").expect("a file");
    let mut manifest = format!(
        "[package]\nname = \"{}\"\nversion = \"{}\"\nedition = \"2021\"\n",
        package.name, package.version
    );
    for (name, requirement, kind, target) in package.dependencies {
        let table = if *kind == "dev" { "dev-dependencies" } else { "dependencies" };
        let table = target.map_or_else(|| table.to_owned(), |target| format!("target.'{target}'.{table}"));
        manifest += &format!("[{table}.{name}]\nversion = \"{requirement}\"\n");
    }
    std::fs::write(folder.join("Cargo.toml"), manifest + more).expect("a file");
}

fn pack(package: &Package<'_>, source: &Path) -> Vec<u8> {
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(encoder);
    let inside = format!("{}-{}", package.name, package.version);
    archive.append_dir_all(inside, source).expect("a packed folder");
    archive.into_inner().and_then(|encoder| encoder.finish()).expect("a packed crate")
}

fn index_line(package: &Package<'_>, checksum: &str) -> String {
    let dependencies: Vec<_> = package
        .dependencies
        .iter()
        .map(|(name, requirement, kind, target)| {
            serde_json::json!({
                "name": name, "req": requirement, "features": [], "optional": false,
                "default_features": true, "target": target, "kind": kind,
            })
        })
        .collect();
    let line = serde_json::json!({
        "name": package.name, "vers": package.version, "deps": dependencies, "cksum": checksum,
        "features": {}, "yanked": false,
    });
    format!("{line}\n")
}
