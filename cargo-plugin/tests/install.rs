//! `cargo tuf-install` and `cargo tuf` from end to end.

use std::env;
use std::fs;
use std::thread;

use crate::world::{CLOSED, Krate, Machine, PlainRegistry, Published, greeting_packages, run};

const HONEST: Option<&str> = Some("hello from greet\n");

fn machine() -> Machine {
    Machine::trusting(&Published::new(&greeting_packages()))
}

#[test]
fn installs_a_package_and_its_dependencies() {
    let machine = machine();
    let ended = run(&mut machine.install(&["greet"])).ends_with(0);
    assert_eq!(ended.stdout, "");
    let expected = [
        "    Updating TUF repository http://",
        "    Verified metadata (root 1, timestamp 1), current until 2100-01-01T00:00:00Z\n",
        "    Verified greet v1.0.0, signed by the role crates\n",
        "    Verified 2 packages of its Cargo.lock\n",
        "   Installed package `greet v1.0.0` (executable `greet`)\n",
    ];
    let mut rest = ended.stderr.as_str();
    for line in expected {
        rest = &rest[rest.find(line).unwrap_or_else(|| panic!("no {line:?} in {}", ended.stderr))..];
    }
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
    assert!(!machine.cargo_home().join("registry").exists(), "cargo used the user's caches");
    assert_eq!(machine.runs(), 0, "the folders of the run are left");
}

#[test]
fn runs_as_a_subcommand_of_cargo() {
    let machine = machine();
    let binaries = std::path::Path::new(env!("CARGO_BIN_EXE_cargo-tuf")).parent().expect("a folder");
    let path = env::join_paths(
        [binaries.to_path_buf()]
            .into_iter()
            .chain(env::split_paths(&env::var_os("PATH").unwrap_or_default())),
    );
    let path = path.expect("a PATH");
    let url = machine.metadata_url();
    let repository = ["--metadata-url", &url, "--trusted-root", "../root.json"];
    for command in [&["tuf-install", "greet"][..], &["tuf", "install", "greet", "--force"]] {
        run(machine.plain_cargo(command).args(repository).env("PATH", &path)).ends_with(0);
        assert_eq!(machine.installed("greet").as_deref(), HONEST);
    }
    let help = run(machine.plain_cargo(&["help", "tuf-install"]).env("PATH", &path)).ends_with(0);
    assert!(help.stdout.contains("Usage: cargo tuf-install [OPTIONS] <NAME[@VERSION]>"), "{}", help.stdout);
}

#[test]
fn installs_where_cargo_would() {
    let machine = machine();
    let program = |folder: &str| machine.program(&machine.path(folder).join("bin/greet"));
    run(&mut machine.install(&["greet", "--root", "flag"])).ends_with(0);
    assert_eq!(program("work/flag").as_deref(), HONEST);
    run(machine.install(&["greet"]).env("CARGO_INSTALL_ROOT", machine.path("variable"))).ends_with(0);
    assert_eq!(program("variable").as_deref(), HONEST);
    machine.write_cargo_config("install.root = 'configured'");
    run(&mut machine.install(&["greet"])).ends_with(0);
    assert_eq!(program("home/configured").as_deref(), HONEST);
    assert_eq!(machine.installed("greet"), None);
    let list = run(&mut machine.plain_cargo(&["install", "--list", "--root", "../variable"])).ends_with(0);
    assert_eq!(list.stdout, "greet v1.0.0:\n    greet\n");
}

#[test]
fn the_users_configuration_stays_in_force() {
    let machine = machine();
    let program = "fn main() { print!(\"{}\", if cfg!(chosen) { \"chosen\" } else { \"default\" }); }";
    machine.serve(&Published::new(&[Krate::binary("choice", "1.0.0", program)]));
    machine.write_cargo_config("build.rustflags = ['--cfg', 'chosen']");
    run(&mut machine.install(&["choice"])).ends_with(0);
    assert_eq!(machine.installed("choice").as_deref(), Some("chosen"));

    // A home that cargo would not find from below by itself.
    let home = machine.path("cargo-home");
    fs::create_dir_all(&home).expect("a folder");
    fs::write(home.join("config.toml"), "build.rustflags = ['--cfg', 'chosen']").expect("a file");
    fs::remove_file(machine.cargo_home().join("config.toml")).expect("the file");
    run(machine.install(&["choice"]).env("CARGO_HOME", &home)).ends_with(0);
    assert_eq!(machine.program(&home.join("bin/choice")).as_deref(), Some("chosen"));
}

#[test]
fn chooses_versions_features_and_binaries() {
    let program = |text: &str| {
        Krate::binary(
            "tool",
            text,
            &format!("fn main() {{ print!(\"{text} {{}}\", cfg!(debug_assertions)); }}"),
        )
    };
    let packages = ["1.0.0", "1.1.0+build.7", "2.0.0-rc.1"].map(program);
    let machine = Machine::trusting(&Published::new(&packages));
    for (arguments, expected) in [
        (&["tool"][..], "1.1.0+build.7 false"),
        (&["tool@1.0.0"], "1.0.0 false"),
        (&["tool", "--version", "^2.0.0-rc", "--bins"], "2.0.0-rc.1 false"),
        (&["tool@~1.0", "--debug", "--bin", "tool", "-j1", "--no-default-features"], "1.0.0 true"),
        (&["tool@=1.0.0", "--profile", "release", "--force", "--all-features"], "1.0.0 false"),
    ] {
        run(&mut machine.install(arguments)).ends_with(0);
        assert_eq!(machine.installed("tool").as_deref(), Some(expected), "{arguments:?}");
    }
    run(&mut machine.install(&["tool", "-F", "none", "--force"])).ends_with(101);
}

#[test]
fn lets_cargo_choose_newer_dependencies_when_told_to() {
    let mut packages = greeting_packages();
    let newer = Krate::library("letters", "1.0.1", "pub fn letter() -> &'static str { \"H\" }");
    packages.push(newer);
    let machine = Machine::trusting(&Published::new(&packages));
    run(&mut machine.install(&["greet"])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
    let ended = run(&mut machine.install(&["greet", "--unlocked", "--force"])).ends_with(0);
    assert!(!ended.stderr.contains("packages of its Cargo.lock"), "{}", ended.stderr);
    assert_eq!(machine.installed("greet").as_deref(), Some("Hello from greet\n"));
}

#[test]
fn reads_folders_as_it_reads_servers() {
    let machine = machine();
    let mut command = machine.unconfigured_install(&["greet", "--metadata-url", "../published/metadata"]);
    run(command.args(["--trusted-root", "../root.json"])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
}

#[test]
fn reads_its_configuration_from_the_project_the_user_and_the_environment() {
    let machine = machine();
    let text = format!("metadata-url = '{}'\ntrusted-root = '../../root.json'\n", machine.metadata_url());
    fs::create_dir_all(machine.path("work/.cargo")).expect("a folder");
    fs::write(machine.path("work/.cargo/tuf.toml"), &text).expect("a file");
    run(&mut machine.unconfigured_install(&["greet"])).ends_with(0);
    fs::remove_file(machine.path("work/.cargo/tuf.toml")).expect("the file");
    fs::write(machine.cargo_home().join("tuf.toml"), &text).expect("a file");
    run(&mut machine.unconfigured_install(&["greet", "--force"])).ends_with(0);
    fs::remove_file(machine.cargo_home().join("tuf.toml")).expect("the file");
    let mut command = machine.unconfigured_install(&["greet", "--force"]);
    command.env("CARGO_TUF_METADATA_URL", machine.metadata_url());
    run(command.env("CARGO_TUF_TRUSTED_ROOT", machine.path("root.json"))).ends_with(0);
}

#[test]
fn uses_the_proxy_of_cargos_configuration() {
    let machine = machine();
    machine.write_cargo_config(&format!("http.proxy = '{CLOSED}'\nnet.retry = 0"));
    let ended = run(&mut machine.install(&["greet"])).ends_with(68).once();
    ended.says("cannot reach", "proxy settings");
}

#[test]
fn a_mirror_in_the_configuration_is_not_asked() {
    let machine = machine();
    let mirror = PlainRegistry::serving(&greeting_packages());
    machine.write_cargo_config(&mirror.as_default());
    run(&mut machine.install(&["greet"])).ends_with(0);
    assert_eq!(mirror.requests(), Vec::<String>::new());
}

#[test]
fn prints_json_lines_for_programs() {
    let machine = machine();
    let ended = run(&mut machine.install(&["greet", "--message-format", "json"])).ends_with(0);
    let lines: Vec<serde_json::Value> =
        ended.stdout.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
    let reasons: Vec<&str> = lines.iter().map(|line| line["reason"].as_str().expect("a reason")).collect();
    let ours: Vec<&str> = reasons.iter().copied().filter(|reason| reason.starts_with("tuf-")).collect();
    let expected = [
        "tuf-refreshed",
        "tuf-verified",
        "tuf-verified",
        "tuf-verified",
        "tuf-closure-verified",
        "tuf-finished",
    ];
    assert_eq!(ours, expected);
    assert!(reasons.contains(&"compiler-artifact"), "{reasons:?}");
    assert_eq!(lines[0]["timestamp"]["version"], 1);
    assert_eq!(lines[0]["timestamp"]["expires"], "2100-01-01T00:00:00Z");
    assert_eq!(lines[1]["checksum"], greeting_packages()[2].checksum());
    assert_eq!(lines[4]["packages"], 2);
    assert_eq!(ended.stdout.lines().last(), Some(r#"{"reason":"tuf-finished","success":true,"status":0}"#));

    let ended = run(&mut machine.install(&["gretel", "--message-format", "json"])).ends_with(41);
    let lines: Vec<&str> = ended.stdout.lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            r#"{"reason":"tuf-refused","code":"not-in-repository","message":"the package gretel is not in the repository: index/gr/et/gretel: no trusted role lists it","status":41}"#,
            r#"{"reason":"tuf-finished","success":false,"status":41}"#,
        ]
    );
}

#[test]
fn says_as_much_as_it_is_asked_to() {
    let machine = machine();
    let quiet = run(&mut machine.install(&["greet", "--quiet"])).ends_with(0);
    assert_eq!(quiet.stderr, "");
    let verbose = run(&mut machine.install(&["greet", "--verbose", "--force"])).ends_with(0);
    assert!(verbose.stderr.contains("    Verified timestamp.json\n"), "{}", verbose.stderr);
    assert!(
        verbose.stderr.contains("    Verified words v1.0.0, signed by the role crates\n"),
        "{}",
        verbose.stderr
    );
    let colored = run(&mut machine.install(&["greet", "--color=always", "--force"])).ends_with(0);
    assert!(colored.stderr.contains("\u{1b}[1m\u{1b}[92m    Verified\u{1b}[0m "), "{:?}", colored.stderr);
    let variable = run(machine.install(&["greet", "--force"]).env("CARGO_TERM_COLOR", "always")).ends_with(0);
    assert!(variable.stderr.contains("\u{1b}[92m    Verified"), "{:?}", variable.stderr);
    let none = run(machine.install(&["greet", "--force"]).env("NO_COLOR", "1")).ends_with(0);
    assert!(!none.stderr.contains('\u{1b}'), "{:?}", none.stderr);
}

#[test]
fn prints_the_status_of_the_repository() {
    let machine = machine();
    let ended = run(&mut machine.tuf(&["status"])).ends_with(0);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(
        lines[..5],
        [
            "role        version  expires",
            "root              1  2100-01-01T00:00:00Z",
            "timestamp         1  2100-01-01T00:00:00Z",
            "snapshot          1  2100-01-01T00:00:00Z",
            "targets           1  2100-01-01T00:00:00Z",
        ]
    );
    assert!(lines[5].starts_with("verified by the component sha256:"));
    let json = run(&mut machine.tuf(&["status", "--message-format=json"])).ends_with(0);
    assert_eq!(json.stdout.lines().count(), 2, "{}", json.stdout);
    assert!(json.stdout.contains(r#""unchanged":true"#), "{}", json.stdout);
}

#[test]
fn a_damaged_store_is_healed_with_a_warning() {
    let machine = machine();
    run(&mut machine.tuf(&["status"])).ends_with(0);
    let stores = machine.cargo_home().join("tuf/repositories");
    let store = fs::read_dir(stores).expect("a folder").next().expect("a store").expect("an entry").path();
    fs::write(store.join("snapshot.json"), "garbage").expect("a file");
    let ended = run(&mut machine.tuf(&["status", "--message-format=json"])).ends_with(0);
    assert!(
        ended.stderr.contains("warning: snapshot.json in the trusted store was not used"),
        "{}",
        ended.stderr
    );
    assert!(ended.stdout.contains(r#"{"reason":"tuf-notice","file":"snapshot.json""#), "{}", ended.stdout);
    let ended = run(&mut machine.tuf(&["status"])).ends_with(0);
    assert!(!ended.stderr.contains("warning"), "{}", ended.stderr);
}

#[test]
fn runs_that_were_killed_are_cleaned_up_and_others_left_alone() {
    let machine = machine();
    let runs = machine.cargo_home().join("tuf/run");
    let (killed, alive) = (runs.join("killed"), runs.join("alive"));
    for folder in [&killed, &alive] {
        fs::create_dir_all(folder.join("target")).expect("a folder");
        fs::write(folder.join("lock"), "").expect("a file");
    }
    let lock = fs::File::open(alive.join("lock")).expect("a file");
    lock.lock().expect("a lock");
    run(&mut machine.install(&["greet"])).ends_with(0);
    assert!(!killed.exists() && alive.exists());
}

#[test]
fn installs_at_the_same_time() {
    let machine = machine();
    thread::scope(|scope| {
        for number in 0..4 {
            let machine = &machine;
            scope.spawn(move || {
                let root = format!("root-{number}");
                run(&mut machine.install(&["greet", "--root", &root])).ends_with(0);
                let program = machine.path("work").join(root).join("bin/greet");
                assert_eq!(machine.program(&program).as_deref(), HONEST);
            });
        }
    });
}
