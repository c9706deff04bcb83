//! A user who presses Ctrl-C.

use std::io::Read;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use crate::world::{Krate, Machine, Published};

#[test]
fn an_interrupted_build_leaves_nothing_behind() {
    // The build script says that it runs, and then waits for an answer that never comes.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let script = format!(
        "use std::io::{{Read, Write}};\n\
         fn main() {{\n\
             let mut stream = std::net::TcpStream::connect(\"{address}\").unwrap();\n\
             stream.write_all(b\"!\").unwrap();\n\
             let _ = stream.read(&mut [0]);\n\
         }}"
    );
    let slow = Krate::binary("slow", "1.0.0", "fn main() {}").with_file("build.rs", &script);
    let machine = Machine::trusting(&Published::new(&[slow]));
    let mut command = machine.install(&["slow"]);
    // A group of its own, as a terminal gives to what it runs.
    let child =
        command.process_group(0).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a process");
    let (mut stream, _) = listener.accept().expect("the build script");
    stream.read_exact(&mut [0]).expect("its sign");

    let killed =
        Command::new("kill").args(["-INT", "--", &format!("-{}", child.id())]).status().expect("kill");
    assert!(killed.success());
    let output = child.wait_with_output().expect("the end");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.ends_with("error: interrupted\n"), "{stderr}");
    assert_eq!(machine.installed("slow"), None);
    assert_eq!(machine.runs(), 0, "the folders of the run are left");
}
