//! A cargo that a build script starts.

use std::path::Path;

use crate::world::{Krate, Machine, PlainRegistry, Published, evil_packages, greeting_packages, run};

/// A binary that prints what its build script got from a program, which the script built with a cargo of its own:
/// below this folder or else below OUT_DIR, and with this CARGO_HOME or else the one that it inherits.
fn nesting(folder: Option<&Path>, home: Option<&Path>) -> Krate {
    let folder = folder.map_or(String::new(), |path| path.display().to_string());
    let home = home.map_or(String::new(), |path| path.display().to_string());
    let script = format!(
        r##"
        use std::{{env, fs, path::Path, process::Command}};
        fn main() {{
            let out = env::var("OUT_DIR").unwrap();
            let folder = Path::new(if {folder:?}.is_empty() {{ out.as_str() }} else {{ {folder:?} }}).join("inner");
            fs::create_dir_all(folder.join("src")).unwrap();
            let manifest = "[package]\nname = \"inner\"\nversion = \"1.0.0\"\n[workspace]\n[dependencies]\nwords = \"1\"\n";
            fs::write(folder.join("Cargo.toml"), manifest).unwrap();
            fs::write(folder.join("src/main.rs"), "fn main() {{ print!(\"{{}}\", words::word()); }}").unwrap();
            let mut cargo = Command::new(env::var("CARGO").unwrap());
            cargo.args(["run", "--quiet", "--target-dir"]).arg(folder.join("target")).current_dir(&folder);
            let home = {home:?};
            if !home.is_empty() {{
                cargo.env("CARGO_HOME", home);
            }}
            let output = cargo.output().unwrap();
            assert!(output.status.success(), "{{}}", String::from_utf8_lossy(&output.stderr));
            fs::write(Path::new(&out).join("word"), output.stdout).unwrap();
        }}"##
    );
    let program =
        r#"fn main() { println!("{} from nesting", include_str!(concat!(env!("OUT_DIR"), "/word"))); }"#;
    Krate::binary("nesting", "1.0.0", program).with_file("build.rs", &script)
}

#[test]
fn it_does_not_inherit_arguments_of_plain_cargo_and_is_verified_here() {
    let packages = [greeting_packages(), vec![nesting(None, None)]].concat();
    let machine = Machine::trusting(&Published::new(&packages));
    let (evil, honest) = (PlainRegistry::serving(&evil_packages()), PlainRegistry::serving(&packages));
    machine.write_cargo_config(&evil.as_default());

    let mut naive = machine.plain_cargo(&["install", "nesting", "--locked"]);
    naive.args(["--config", "source.crates-io.replace-with='honest'"]);
    naive.args(["--config", &format!("source.honest.registry='{}'", honest.index_url())]);
    run(&mut naive).ends_with(0);
    assert_eq!(machine.installed("nesting").as_deref(), Some("owned from nesting\n"));

    let asked = evil.requests().len();
    run(&mut machine.install(&["nesting"])).ends_with(0);
    assert_eq!(machine.installed("nesting").as_deref(), Some("hello from nesting\n"));
    assert_eq!(evil.requests().len(), asked, "the unverified registry was asked");
}

#[test]
fn it_is_verified_with_another_home() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    let home = machine.path("other-home");
    let evil = PlainRegistry::serving(&evil_packages());
    std::fs::create_dir_all(&home).expect("a folder");
    std::fs::write(home.join("config.toml"), evil.as_default()).expect("a file");
    machine.serve(&Published::new(&[greeting_packages(), vec![nesting(None, Some(&home))]].concat()));

    run(&mut machine.install(&["nesting"])).ends_with(0);
    assert_eq!(machine.installed("nesting").as_deref(), Some("hello from nesting\n"));
    assert_eq!(evil.requests(), Vec::<String>::new(), "the unverified registry was asked");
}

/// A build script is a stranger's program.
#[test]
fn rejects_to_show_it_the_passphrase_of_the_publisher() {
    let script = r#"fn main() {
        let seen = std::env::var("TUFREPO_PASSPHRASE").unwrap_or_else(|_| "nothing".to_owned());
        std::fs::write(std::path::Path::new(&std::env::var("OUT_DIR").unwrap()).join("seen"), seen).unwrap();
    }"#;
    let program =
        r#"fn main() { println!("{} was seen", include_str!(concat!(env!("OUT_DIR"), "/seen"))); }"#;
    let curious = Krate::binary("curious", "1.0.0", program).with_file("build.rs", script);
    let machine = Machine::trusting(&Published::new(&[curious]));
    run(machine.install(&["curious"]).env("TUFREPO_PASSPHRASE", "correct horse")).ends_with(0);
    assert_eq!(machine.installed("curious").as_deref(), Some("nothing was seen\n"));
}

/// The URL of a repository may carry a password.
#[test]
fn rejects_to_show_it_the_settings_of_this_command() {
    let script = r#"fn main() {
        let seen = std::env::vars().any(|(name, _)| name.starts_with("CARGO_TUF_"));
        assert!(!seen, "a setting was seen");
    }"#;
    let curious = Krate::binary("curious", "1.0.0", "fn main() {}").with_file("build.rs", script);
    let machine = Machine::trusting(&Published::new(&[curious]));
    let mut command = machine.unconfigured_install(&["curious"]);
    command.env("CARGO_TUF_METADATA_URL", machine.metadata_url());
    run(command.env("CARGO_TUF_TRUSTED_ROOT", machine.path("root.json"))).ends_with(0);
}

#[test]
fn it_fails_where_nothing_leads_it_to_the_overlay() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    let (folder, home) = (machine.path("elsewhere"), machine.path("other-home"));
    let evil = PlainRegistry::serving(&evil_packages());
    std::fs::create_dir_all(&home).expect("a folder");
    std::fs::write(home.join("config.toml"), evil.as_default()).expect("a file");
    machine
        .serve(&Published::new(&[greeting_packages(), vec![nesting(Some(&folder), Some(&home))]].concat()));

    let ended = run(&mut machine.install(&["nesting"])).ends_with(1);
    ended.says(&format!("not covered: cargo asked for {}", evil.url()), "a build script started a cargo");
    assert_eq!(evil.requests(), Vec::<String>::new(), "the unverified registry was asked");
    assert_eq!(machine.installed("nesting"), None);
}
