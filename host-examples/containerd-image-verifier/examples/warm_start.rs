//! What a warm decision costs: the whole process, with nothing due on the network, beside an empty process.
//!
//! ```text
//! cargo build --release -p tuf-image-verifier --bin tuf-image-verifier
//! cargo run --release -p tuf-image-verifier --example warm_start
//! ```

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tuf_test_server::Server;
use tuf_tests::{Json, Repository, TargetFile, sha256};

const RUNS: usize = 200;
const NAME: &str = "h.example/team/app:v1";
const MANIFEST: &[u8] = b"the manifest";
const MEDIA_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
/// 2100-01-01T00:00:00Z.
const FAR: i64 = 4_102_444_800;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let repository = publish(folder.path())?;
    let server = Server::folder(&repository)?;
    let policy = policy(folder.path(), &server.url())?;
    let program = std::env::current_exe()?.with_file_name("../tuf-image-verifier").canonicalize()?;
    // The first pull fetches the metadata; afterwards there is no server left to ask.
    pull(&program, &policy)?;
    drop(server);
    print("a warm decision", || pull(&program, &policy))?;
    print("an empty process", || run(&mut Command::new("true"), b""))?;
    Ok(())
}

fn print(
    what: &str,
    mut run: impl FnMut() -> Result<Duration, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut times = (0..RUNS).map(|_| run()).collect::<Result<Vec<_>, _>>()?;
    times.sort_unstable();
    let at =
        |percent: usize| times.get(RUNS * percent / 100).map_or(0.0, |time| time.as_secs_f64() * 1_000.0);
    println!("{what:<17} p50 {:6.2} ms, p95 {:6.2} ms, {RUNS} runs", at(50), at(95));
    Ok(())
}

/// A repository that lists the image, as a server serves it.
fn publish(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let mut repository = Repository::new();
    for header in [&mut repository.timestamp, &mut repository.snapshot, &mut repository.root] {
        header.expires = FAR;
    }
    let custom = Json::object([("v", Json::from(1_u64)), ("mediaType", MEDIA_TYPE.into())]);
    let mut target = TargetFile::new("oci/h.example/team/app/_tags/v1", MANIFEST);
    target.custom = Some(Json::object([("oci", custom)]));
    let targets = repository.role("targets");
    targets.header.expires = FAR;
    targets.targets.push(target);
    repository.write_root().publish();
    let published = folder.join("published");
    repository.mirror.publish_to(&published)?;
    fs::write(folder.join("root.json"), repository.mirror.file("1.root.json"))?;
    Ok(published)
}

fn policy(folder: &Path, url: &str) -> Result<PathBuf, Box<dyn Error>> {
    let (state, root) = (folder.join("state"), folder.join("root.json"));
    let text = format!(
        "version = 1\ndefault = \"reject\"\nstate_dir = {state:?}\n[repositories.acme]\n\
         metadata = [\"{url}/metadata\"]\nroot = {root:?}\nrefresh_interval = \"1h\"\n\
         [[rule]]\nprefix = \"h.example/team\"\naction = \"verify\"\nrepository = \"acme\"\n"
    );
    let path = folder.join("policy.toml");
    fs::write(&path, text)?;
    Ok(path)
}

fn pull(program: &Path, policy: &Path) -> Result<Duration, Box<dyn Error>> {
    let digest = format!("sha256:{}", sha256(MANIFEST));
    let input = format!(r#"{{"mediaType":"{MEDIA_TYPE}","digest":"{digest}","size":{}}}"#, MANIFEST.len());
    let mut command = Command::new(program);
    command.env("TUF_IMAGE_VERIFIER_POLICY", policy);
    command.args(["-name", NAME, "-digest", &digest]);
    command.args(["-stdin-media-type", "application/vnd.oci.descriptor.v1+json"]);
    run(&mut command, input.as_bytes())
}

/// The time from the start of the process to its end.
fn run(command: &mut Command, input: &[u8]) -> Result<Duration, Box<dyn Error>> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let begun = Instant::now();
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // An empty process may have ended before.
        let _ = stdin.write_all(input);
    }
    let output = child.wait_with_output()?;
    let time = begun.elapsed();
    if !output.status.success() {
        return Err(format!("{} {}", output.status, String::from_utf8_lossy(&output.stdout)).into());
    }
    Ok(time)
}
