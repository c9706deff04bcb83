//! Where the repository and the trusted root come from.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use cargo_tuf::config::{Config, ConfigError, Flags, Location};
use tempfile::TempDir;

fn nothing(_: &str) -> Option<OsString> {
    None
}

/// A project with a folder in it, and a CARGO_HOME.
struct Folders {
    _folder: TempDir,
    project: PathBuf,
    current: PathBuf,
    home: PathBuf,
}

impl Folders {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let project = folder.path().join("project");
        let (current, home) = (project.join("crates/one"), folder.path().join("home"));
        for path in [&current, &home, &project.join(".cargo")] {
            fs::create_dir_all(path).expect("a folder");
        }
        Self { _folder: folder, project, current, home }
    }

    fn project_says(self, text: &str) -> Self {
        fs::write(self.project.join(".cargo/tuf.toml"), text).expect("a file");
        self
    }

    fn user_says(self, text: &str) -> Self {
        fs::write(self.home.join("tuf.toml"), text).expect("a file");
        self
    }

    fn load(&self, flags: &Flags) -> Result<Config, ConfigError> {
        Config::load(&self.current, &self.home, nothing, flags)
    }
}

fn http(metadata: &str, targets: &str) -> Location {
    Location::Http { metadata: metadata.into(), targets: targets.into() }
}

#[test]
fn a_project_says_it_for_the_folders_below() {
    let folders =
        Folders::new().project_says("metadata-url = 'https://host/metadata'\ntrusted-root = 'root.json'");
    let config = folders.load(&Flags::default()).expect("a configuration");
    assert_eq!(config.repository, http("https://host/metadata/", "https://host/targets/"));
    assert_eq!(config.trusted_root, folders.project.join(".cargo/root.json"));
}

#[test]
fn a_project_never_replaces_what_the_user_says() {
    let folders = Folders::new()
        .project_says("metadata-url = 'https://evil/metadata'\ntargets-url = 'https://evil/t'\ntrusted-root = 'evil.json'")
        .user_says("metadata-url = 'https://host/metadata'\ntrusted-root = 'root.json'");
    let config = folders.load(&Flags::default()).expect("a configuration");
    assert_eq!(config.repository, http("https://host/metadata/", "https://host/targets/"));
    assert_eq!(config.trusted_root, folders.home.join("root.json"));
}

#[test]
fn variables_count_more_than_files_and_flags_count_most() {
    fn variables(name: &str) -> Option<OsString> {
        match name {
            "CARGO_TUF_METADATA_URL" => Some("http://variable/metadata/".into()),
            "CARGO_TUF_TRUSTED_ROOT" => Some("variable.json".into()),
            _ => None,
        }
    }
    let folders = Folders::new().user_says(
        "metadata-url = 'https://host/metadata'\ntargets-url = 'https://host/t'\ntrusted-root = 'root.json'",
    );
    let config =
        Config::load(&folders.current, &folders.home, variables, &Flags::default()).expect("a configuration");
    assert_eq!(config.repository, http("http://variable/metadata/", "http://variable/targets/"));
    assert_eq!(config.trusted_root, folders.current.join("variable.json"));
    let flags = Flags { targets_url: Some("http://flag/".into()), ..Flags::default() };
    let config = Config::load(&folders.current, &folders.home, variables, &flags).expect("a configuration");
    assert_eq!(config.repository, http("http://variable/metadata/", "http://flag/"));
}

#[test]
fn folders_are_relative_to_where_they_are_named() {
    let folders = Folders::new().user_says("metadata-url = 'mirror/metadata'\ntrusted-root = '/root.json'");
    let config = folders.load(&Flags::default()).expect("a configuration");
    let mirror = folders.home.join("mirror");
    let expected = Location::Folders { metadata: mirror.join("metadata"), targets: mirror.join("targets") };
    assert_eq!((config.repository, config.trusted_root), (expected, PathBuf::from("/root.json")));

    let flags = Flags {
        metadata_url: Some("file:///a%20b/metadata".into()),
        trusted_root: Some("/root.json".into()),
        ..Flags::default()
    };
    let config = folders.load(&flags).expect("a configuration");
    let expected = Location::Folders { metadata: "/a b/metadata".into(), targets: "/a b/targets".into() };
    assert_eq!(config.repository, expected);
}

#[test]
fn one_file_can_be_read_in_place_of_the_others() {
    let folders = Folders::new().user_says("garbage");
    fs::write(folders.current.join("other.toml"), "metadata-url='m/metadata'\ntrusted-root='r'")
        .expect("a file");
    let flags = Flags { file: Some("other.toml".into()), ..Flags::default() };
    assert_eq!(folders.load(&flags).expect("a configuration").trusted_root, folders.current.join("r"));
}

#[test]
fn rejects_what_cannot_work() {
    let error = |text: &str| Folders::new().user_says(text).load(&Flags::default()).expect_err("an error");
    assert!(matches!(error(""), ConfigError::NoMetadataUrl));
    assert!(matches!(error("metadata-url='https://h/metadata'"), ConfigError::NoTrustedRoot { .. }));
    assert!(matches!(
        error("metadata-url='https://h/m'\ntrusted-root='r'"),
        ConfigError::NoTargetsUrl { .. }
    ));
    assert!(matches!(
        error("metadata-url='https://h/xmetadata'\ntrusted-root='r'"),
        ConfigError::NoTargetsUrl { .. }
    ));
    let mixed = "metadata-url='https://h/m'\ntargets-url='t'\ntrusted-root='r'";
    assert!(matches!(error(mixed), ConfigError::Mixed));
    assert!(matches!(error("metadata-url='ssh://h/metadata'\ntrusted-root='r'"), ConfigError::Scheme { .. }));
    assert!(matches!(error("metadata_url='x'"), ConfigError::Malformed { .. }));
}

#[test]
fn every_metadata_url_has_a_state_of_its_own_and_credentials_do_not_count() {
    let state = |url: &str| {
        let text = format!("metadata-url='{url}'\ntrusted-root='r'");
        Folders::new().user_says(&text).load(&Flags::default()).expect("a configuration").state_name()
    };
    assert_eq!(state("https://host/metadata"), state("https://user:secret@host/metadata/"));
    assert_ne!(state("https://host/metadata"), state("https://host/b/metadata"));
    assert_ne!(state("https://host/a/metadata"), state("https://host-a/metadata"));
    let name = state("https://user:secret@host:8443/metadata");
    assert!(name.starts_with("host-8443-metadata-") && !name.contains("secret"), "{name}");
}

#[test]
fn mirrors_belong_to_the_metadata_url_beside_them() {
    let text = "metadata-url = 'https://host/metadata'\nmirrors = ['https://mirror/a/metadata', 'b/metadata']\n\
                trusted-root = 'root.json'";
    let folders = Folders::new().user_says(text);
    let config = folders.load(&Flags::default()).expect("a configuration");
    let beside = folders.home.join("b");
    let expected = [
        http("https://mirror/a/metadata/", "https://mirror/a/targets/"),
        Location::Folders { metadata: beside.join("metadata"), targets: beside.join("targets") },
    ];
    assert_eq!(config.mirrors, expected);
    let flags = Flags {
        metadata_url: Some("https://other/metadata".into()),
        trusted_root: Some("root.json".into()),
        ..Flags::default()
    };
    assert_eq!(folders.load(&flags).expect("a configuration").mirrors, []);
    let folders = folders.project_says("mirrors = ['https://evil/metadata']");
    assert_eq!(folders.load(&Flags::default()).expect("a configuration").mirrors, expected);
}

#[test]
fn rejects_a_mirror_that_cannot_work() {
    let error = |mirror: &str| {
        let text = format!("metadata-url='https://h/metadata'\nmirrors=['{mirror}']\ntrusted-root='r'");
        Folders::new().user_says(&text).load(&Flags::default()).expect_err("an error")
    };
    assert!(matches!(error("https://h/m"), ConfigError::NoTargetsUrl { .. }));
    assert!(matches!(error("ssh://h/metadata"), ConfigError::Scheme { .. }));
}

#[test]
fn the_time_that_counts_as_fresh_belongs_to_the_repository_beside_it() {
    let seconds =
        |folders: &Folders, flags: &Flags| folders.load(flags).expect("a configuration").fresh_for.as_secs();
    let repository = "metadata-url='https://h/metadata'\ntrusted-root='r'\n";
    let with_time = format!("{repository}fresh-for = 60");
    assert_eq!(seconds(&Folders::new().user_says(repository), &Flags::default()), 0);
    assert_eq!(seconds(&Folders::new().project_says(&with_time), &Flags::default()), 60);
    let folders = Folders::new().user_says(repository).project_says(&with_time);
    assert_eq!(
        seconds(&folders, &Flags::default()),
        0,
        "a project decides nothing for the user's repository"
    );
    let folders = Folders::new().user_says("fresh-for = 5").project_says(&with_time);
    assert_eq!(seconds(&folders, &Flags::default()), 5, "the user decides for the project's");
    let folders = Folders::new().user_says(&with_time);
    let other = Flags {
        metadata_url: Some("https://other/metadata".into()),
        trusted_root: Some("r".into()),
        ..Flags::default()
    };
    assert_eq!(seconds(&folders, &other), 0);
    assert_eq!(seconds(&folders, &Flags { fresh_for: Some(7), ..Flags::default() }), 7);
    assert_eq!(seconds(&folders, &Flags { fresh_for: Some(0), ..Flags::default() }), 0);
}

#[test]
fn a_variable_says_what_counts_as_fresh() {
    let folders =
        Folders::new().user_says("metadata-url='https://h/metadata'\ntrusted-root='r'\nfresh-for = 60");
    let load = |variables| Config::load(&folders.current, &folders.home, variables, &Flags::default());
    let seconds = |variables| load(variables).expect("a configuration").fresh_for.as_secs();
    assert_eq!(seconds(|name| (name == "CARGO_TUF_FRESH_FOR").then(|| "3600".into())), 3600);
    assert_eq!(seconds(|name| (name == "CARGO_TUF_FRESH_FOR").then(|| "".into())), 60);
    let error = load(|name| (name == "CARGO_TUF_FRESH_FOR").then(|| "1h".into())).expect_err("no number");
    assert_eq!(error.code(), "config-unusable");
    assert_eq!(error.to_string(), "CARGO_TUF_FRESH_FOR is \"1h\", which is no number of seconds");
    assert_eq!(error.advice(), "set it to a number such as 3600, or unset it");
}

#[test]
fn rejects_a_time_that_is_no_number_of_seconds() {
    for value in ["'60'", "-1", "1.5", "true"] {
        let text = format!("metadata-url='https://h/metadata'\ntrusted-root='r'\nfresh-for = {value}");
        let error =
            Folders::new().user_says(&text).load(&Flags::default()).expect_err("no number of seconds");
        assert!(matches!(error, ConfigError::Malformed { .. }), "{error}");
    }
}

/// A root of one place is never combined with the URL of a greater one, whatever the two places are.
#[test]
fn rejects_a_root_from_a_lesser_place_than_the_url() {
    fn url(name: &str) -> Option<OsString> {
        (name == "CARGO_TUF_METADATA_URL").then(|| "https://variable/metadata".into())
    }
    fn root(name: &str) -> Option<OsString> {
        (name == "CARGO_TUF_TRUSTED_ROOT").then(|| "variable.json".into())
    }
    let (flag_url, flag_root) = (
        Flags { metadata_url: Some("https://flag/metadata".into()), ..Flags::default() },
        Flags { trusted_root: Some("flag.json".into()), ..Flags::default() },
    );
    let none = Flags::default();
    let url_in = "metadata-url = 'https://host/metadata'";
    let root_in = "trusted-root = 'file.json'";
    // Flags, variables, the user's file, the project's file; what names the repository where the root is refused.
    type Row<'a> = (&'a Flags, fn(&str) -> Option<OsString>, &'a str, &'a str, Option<&'a str>);
    let rows: [Row<'_>; 11] = [
        (&flag_url, root, "", "", Some("the command line")),
        (&flag_url, nothing, root_in, "", Some("the command line")),
        (&flag_url, nothing, "", root_in, Some("the command line")),
        (&none, url, root_in, "", Some("the environment")),
        (&none, url, "", root_in, Some("the environment")),
        (&none, nothing, url_in, root_in, Some("home/tuf.toml")),
        (&flag_root, url, "", "", None),
        (&flag_root, nothing, url_in, "", None),
        (&flag_root, nothing, "", url_in, None),
        (&none, root, "", url_in, None),
        (&none, nothing, root_in, url_in, None),
    ];
    for (number, (flags, variables, user, project, refused)) in rows.into_iter().enumerate() {
        let folders = Folders::new().user_says(user).project_says(project);
        match (Config::load(&folders.current, &folders.home, variables, flags), refused) {
            (Ok(_), None) => {}
            (Err(error @ ConfigError::NoTrustedRoot { .. }), Some(place)) => {
                let expected = format!("{place} names: a root counts from there");
                assert!(error.to_string().contains(&expected), "{number}: {error}");
                assert_eq!(error.code(), "no-trusted-root");
            }
            (other, _) => panic!("{number}: {other:?}"),
        }
    }
}

/// A file that decides nothing is not read: nobody can stop a command by a broken file above the current folder.
#[test]
fn accepts_a_broken_file_of_a_place_that_does_not_count() {
    let folders = Folders::new()
        .project_says("garbage")
        .user_says("metadata-url = 'https://host/metadata'\ntrusted-root = 'root.json'");
    assert!(folders.load(&Flags::default()).is_ok());
    let folders = Folders::new().project_says("garbage").user_says("garbage");
    let flags = Flags {
        metadata_url: Some("https://flag/metadata".into()),
        trusted_root: Some("root.json".into()),
        ..Flags::default()
    };
    assert!(folders.load(&flags).is_ok());
}

#[cfg(unix)]
mod others {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    use std::path::Path;

    /// Another user than the one who runs the tests.
    const STRANGER: u32 = 4321;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    }

    /// Whether these tests run as root, and so may act as another user. Says so where not.
    fn may_act_as_others(test: &str) -> bool {
        let is_root = fs::metadata("/proc/self").is_ok_and(|found| found.uid() == 0);
        if !is_root {
            eprintln!("SKIPPED {test}: only root can act as another user");
        }
        is_root
    }

    /// Another user runs a script.
    fn stranger(script: &str, folder: &Path) {
        let mut command = Command::new("sh");
        let status = command.args(["-ec", script]).current_dir(folder).uid(STRANGER).gid(STRANGER).status();
        assert!(status.expect("a shell").success());
    }

    fn status(folder: &Path, home: &Path, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-tuf"));
        command.arg("status").args(arguments).current_dir(folder).env("CARGO_HOME", home);
        command.env_remove("CARGO_TUF_METADATA_URL").env_remove("CARGO_TUF_TRUSTED_ROOT");
        command.output().expect("the program")
    }

    /// In a folder like the system's temporary one, another user puts settings above somebody's own project.
    #[test]
    fn rejects_the_settings_of_another_user_above_the_current_folder() {
        if !may_act_as_others("rejects_the_settings_of_another_user_above_the_current_folder") {
            return;
        }
        let shared = TempDir::new().expect("a folder");
        set_mode(shared.path(), 0o1777);
        let (mine, home) = (shared.path().join("mine"), shared.path().join("home"));
        fs::create_dir(&mine).expect("a folder");
        fs::create_dir(&home).expect("a folder");
        let settings = "metadata-url = 'evil/metadata'\\ntrusted-root = 'evil.json'\\n";
        stranger(&format!("mkdir .cargo && printf \"{settings}\" > .cargo/tuf.toml"), shared.path());
        let refused = status(&mine, &home, &[]);
        let said = String::from_utf8(refused.stderr).expect("UTF-8");
        let file = shared.path().join(".cargo/tuf.toml");
        let expected =
            format!("{} is not used: {} belongs to user {STRANGER}", file.display(), file.display());
        assert!(said.contains(&expected) && said.contains("--tuf-config FILE"), "{said}");
        assert_eq!(refused.status.code(), Some(2), "{said}");
        // Whoever names the file vouches for it: then it is only that there is no such repository.
        let vouched = status(&mine, &home, &["--tuf-config", "../.cargo/tuf.toml"]);
        let said = String::from_utf8(vouched.stderr).expect("UTF-8");
        assert!(said.contains("cannot read the trusted root"), "{said}");
    }

    /// The same with cargo's own settings, which choose the compiler: cargo goes up from its home.
    #[test]
    fn rejects_cargo_settings_of_another_user_above_the_home() {
        if !may_act_as_others("rejects_cargo_settings_of_another_user_above_the_home") {
            return;
        }
        let shared = TempDir::new().expect("a folder");
        set_mode(shared.path(), 0o1777);
        let home = shared.path().join("home");
        fs::create_dir(&home).expect("a folder");
        stranger(
            "mkdir .cargo && printf '[build]\\nrustc = \"evil\"\\n' > .cargo/config.toml",
            shared.path(),
        );
        let refused = status(&home, &home, &[]);
        let said = String::from_utf8(refused.stderr).expect("UTF-8");
        assert!(said.contains(&format!("config.toml belongs to user {STRANGER}")), "{said}");
        assert_eq!(refused.status.code(), Some(2), "{said}");
    }

    #[test]
    fn rejects_a_trusted_root_that_others_can_change() {
        let text = "metadata-url = 'https://host/metadata'\ntrusted-root = 'pinned/root.json'";
        let folders = Folders::new().project_says(text);
        let pinned = folders.project.join(".cargo/pinned");
        fs::create_dir(&pinned).expect("a folder");
        let root = pinned.join("root.json");
        fs::write(&root, "{}").expect("a file");
        assert!(folders.load(&Flags::default()).is_ok());
        for (path, mode) in [(&root, 0o666), (&pinned, 0o777)] {
            set_mode(path, mode);
            let error = folders.load(&Flags::default()).expect_err("others can change it");
            let expected = format!(
                "{} is not used: {} can be written by everybody (mode {mode:04o})",
                root.display(),
                path.display()
            );
            assert_eq!((error.code(), error.to_string()), ("config-exposed", expected));
            set_mode(path, 0o700);
        }
        // Who names it vouches for it.
        set_mode(&root, 0o666);
        let flags = Flags { trusted_root: Some(root), ..Flags::default() };
        assert!(folders.load(&flags).is_ok());
    }

    #[test]
    fn rejects_settings_of_the_user_that_others_can_change() {
        let folders = Folders::new().user_says("metadata-url = 'https://host/metadata'\ntrusted-root = 'r'");
        set_mode(&folders.home, 0o777);
        let error = folders.load(&Flags::default()).expect_err("others can change it");
        assert_eq!(error.code(), "config-exposed");
    }
}
