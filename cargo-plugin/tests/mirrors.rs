//! Several places of one repository.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::thread;

use crate::world::{Machine, Published, greeting_packages, run};

/// The user's file, with the machine's repository as the first place and a folder as the second.
fn configure(machine: &Machine, second: &Published) {
    second.write(&machine.path("second"));
    let text = format!(
        "metadata-url = '{}'\nmirrors = ['{}']\ntrusted-root = '{}'\n",
        machine.metadata_url(),
        machine.path("second/metadata").display(),
        machine.path("root.json").display(),
    );
    fs::write(machine.cargo_home().join("tuf.toml"), text).expect("a file");
}

#[test]
fn recovers_from_a_place_with_a_tampered_crate() {
    let mut published = Published::new(&greeting_packages());
    let machine = Machine::trusting(&published);
    configure(&machine, &published);
    for (path, bytes) in &mut published.repository.mirror.targets {
        if path.contains("words-1.0.0.crate") {
            bytes[20] ^= 1;
        }
    }
    machine.serve(&published);
    run(&mut machine.unconfigured_install(&["greet"])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), Some("hello from greet\n"));
}

#[test]
fn recovers_from_a_place_without_files() {
    let published = Published::new(&greeting_packages());
    let machine = Machine::trusting(&published);
    configure(&machine, &published);
    fs::remove_dir_all(machine.path("published")).expect("a folder");
    run(&mut machine.unconfigured_install(&["greet"])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), Some("hello from greet\n"));
}

#[test]
fn a_verdict_is_reported_where_no_place_has_the_bytes() {
    let mut published = Published::new(&greeting_packages());
    let machine = Machine::trusting(&published);
    for (path, bytes) in &mut published.repository.mirror.targets {
        if path.contains("words-1.0.0.crate") {
            bytes[20] ^= 1;
        }
    }
    configure(&machine, &published);
    published.repository.mirror.targets.clear();
    machine.serve(&published);
    run(&mut machine.unconfigured_install(&["greet"]))
        .ends_with(40)
        .once()
        .says("wrong software: target crates/words/words-1.0.0.crate", "nothing was built");
}

/// A server of this folder that ends the connection in the middle of `words`, for as often as it is asked. Its answers end
/// with their connections, so that only the signed length tells.
fn breaking_off(folder: PathBuf, times: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        let mut left = times;
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut head =
                BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
            let first = head.next().unwrap_or_default();
            head.for_each(drop);
            let path = first.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
            let Ok(bytes) = fs::read(folder.join(Path::new(path))) else {
                let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
                continue;
            };
            let is_broken = path.contains("words-1.0.0.crate") && left > 0;
            left -= usize::from(is_broken);
            let sent = if is_broken { &bytes[..bytes.len() / 2] } else { &bytes };
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(sent);
        }
    });
    format!("http://{address}")
}

fn install_from(machine: &Machine, url: &str) -> crate::world::Run {
    let mut command = machine.unconfigured_install(&["greet", "--metadata-url", &format!("{url}/metadata")]);
    run(command.arg("--trusted-root").arg(machine.path("root.json")))
}

#[test]
fn recovers_from_transfers_that_end_early() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    let url = breaking_off(machine.path("published"), 2);
    install_from(&machine, &url).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), Some("hello from greet\n"));
}

#[test]
fn a_transfer_that_always_ends_early_is_no_verdict() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    let url = breaking_off(machine.path("published"), usize::MAX);
    let ended = install_from(&machine, &url).ends_with(68).once();
    ended.says("words-1.0.0.crate", "check the network");
    assert_eq!(machine.installed("greet"), None);
}
