//! A user who presses Ctrl-C, and a command that is killed.

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::world::{Krate, Machine, Published};

/// A command whose build script waits for an answer that never comes.
struct Building {
    machine: Machine,
    command: Child,
    /// The build script holds the other end until it ends.
    script: BufReader<TcpStream>,
    /// The address of the proxy.
    proxy: String,
    /// The group of processes that the build script is in.
    group: String,
}

impl Building {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let script = format!(
            r#"use std::io::{{Read, Write}};
            fn main() {{
                let mut stream = std::net::TcpStream::connect("{address}").unwrap();
                let proxy = std::env::var("CARGO_HTTP_PROXY").unwrap();
                // After the name in parentheses: state, parent, group.
                let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
                let group = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(2)).unwrap_or_default();
                write!(stream, "{{}}\n{{group}}\n", proxy.rsplit('@').next().unwrap()).unwrap();
                let _ = stream.read(&mut [0]);
            }}"#
        );
        let slow = Krate::binary("slow", "1.0.0", "fn main() {}").with_file("build.rs", &script);
        let machine = Machine::trusting(&Published::new(&[slow]));
        let mut command = machine.install(&["slow"]);
        // A group of its own, as a terminal gives to what it runs.
        let command = command.process_group(0).stdout(Stdio::null()).stderr(Stdio::piped());
        let command = command.spawn().expect("a process");
        let (stream, _) = listener.accept().expect("the build script");
        // A limit that only a build script reaches that is left alive.
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
        let mut script = BufReader::new(stream);
        let (mut proxy, mut group) = (String::new(), String::new());
        script.read_line(&mut proxy).expect("the proxy");
        script.read_line(&mut group).expect("the group");
        Self { machine, command, script, proxy: proxy.trim().to_owned(), group: group.trim().to_owned() }
    }

    /// Sends a signal to a process, or to a group if it begins with `-`.
    fn signal(name: &str, process: &str) {
        let sent = Command::new("kill").args([name, "--", process]).status().expect("kill");
        assert!(sent.success());
    }

    /// Whether every thread of the command has taken notice of the signal.
    #[cfg(target_os = "linux")]
    fn is_stopped(&self) -> bool {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.command.id())).expect("a process");
        let states =
            threads.map(|thread| std::fs::read_to_string(thread.expect("a thread").path().join("stat")));
        states.into_iter().all(|stat| stat.expect("a thread").contains(") T "))
    }

    /// The build script has ended.
    fn script_ends(&mut self) {
        let end = self.script.read(&mut [0]);
        assert!(matches!(end, Ok(0)), "the build script is still there: {end:?}");
    }
}

#[test]
fn an_interrupted_build_leaves_nothing_behind() {
    // A terminal signals the whole group, and other programs the process alone.
    for (signal, whole_group) in [("-INT", true), ("-INT", false), ("-TERM", false)] {
        let mut building = Building::start();
        let id = building.command.id();
        Building::signal(signal, &if whole_group { format!("-{id}") } else { id.to_string() });
        building.script_ends();
        let output = building.command.wait_with_output().expect("the end");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        assert!(stderr.ends_with("error: interrupted\n"), "{stderr}");
        assert_eq!(building.machine.installed("slow"), None);
        assert_eq!(building.machine.runs(), 0, "the folders of the run are left");
    }
}

/// Otherwise cargo would go on without the proxy, and would trust any process that takes its port.
#[test]
fn a_build_ends_with_a_command_that_is_killed() {
    let mut building = Building::start();
    building.command.kill().expect("a signal");
    building.script_ends();
    assert_eq!(building.machine.installed("slow"), None);
}

/// If the supervisor is killed too, cargo goes on alone. It keeps the proxy's port, so that no other process can take it.
#[test]
#[cfg(target_os = "linux")]
fn rejects_a_stranger_who_takes_the_port_of_a_command_that_is_killed() {
    let mut building = Building::start();
    // It would notice the end of the supervisor, and end cargo.
    Building::signal("-STOP", &building.command.id().to_string());
    while !building.is_stopped() {
        std::thread::yield_now();
    }
    Building::signal("-KILL", &building.group);
    building.command.kill().expect("a signal");
    building.command.wait().expect("the end");
    let taken = TcpListener::bind(&building.proxy);
    assert!(taken.is_err(), "the port of the proxy is free");
    Building::signal("-KILL", &format!("-{}", building.group));
    building.script_ends();
    assert_eq!(building.machine.installed("slow"), None);
}
