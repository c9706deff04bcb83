//! The user's cargo configuration.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

use cargo_tuf::cargo_config::{CargoConfig, CargoConfigError, Origin};
use tempfile::TempDir;

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
}

/// The configuration with CARGO_HOME `home/.cargo` relative to `folder`.
fn load(folder: &Path, arguments: &[&str]) -> Result<CargoConfig, CargoConfigError> {
    fn environment(name: &str) -> Option<OsString> {
        (name == "CARGO_HOME").then(|| "home/.cargo".into())
    }
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.into()).collect();
    CargoConfig::load(folder, &arguments, environment)
}

#[test]
fn reads_what_concerns_the_network() {
    let folder = TempDir::new().expect("a folder");
    let text = "http.proxy = 'proxy:3128'\nhttp.cainfo = 'ca.pem'\nhttp.timeout = 7\nnet.retry = 4\nnet.offline = true\n\
                term.color = 'never'\nterm.progress.when = 'never'";
    write(folder.path(), &[("home/.cargo/config.toml", text)]);
    let config = load(folder.path(), &[]).expect("a configuration");
    assert_eq!(config.proxy().as_deref(), Some("proxy:3128"));
    assert_eq!(config.ca_file(), Some(folder.path().join("home/ca.pem")));
    assert_eq!((config.timeout(), config.retries()), (Some(Duration::from_secs(7)), Some(4)));
    assert!(config.offline());
    assert_eq!((config.color().as_deref(), config.progress().as_deref()), (Some("never"), Some("never")));
}

#[test]
fn variables_count_more_than_files() {
    fn environment(name: &str) -> Option<OsString> {
        let value = match name {
            "CARGO_HOME" => "home/.cargo",
            "CARGO_HTTP_PROXY" => "http://variable",
            "CARGO_HTTP_TIMEOUT" => "9",
            "CARGO_NET_OFFLINE" => "false",
            "CARGO_INSTALL_ROOT" => "tools",
            _ => return None,
        };
        Some(value.into())
    }
    let folder = TempDir::new().expect("a folder");
    let text = "http.proxy = 'http://file'\nhttp.timeout = 7\nnet.offline = true\ninstall.root = '/file'";
    write(folder.path(), &[("home/.cargo/config.toml", text)]);
    let config = CargoConfig::load(folder.path(), &[], environment).expect("a configuration");
    assert_eq!(config.proxy().as_deref(), Some("http://variable"));
    assert_eq!(config.timeout(), Some(Duration::from_secs(9)));
    assert!(!config.offline());
    assert_eq!(config.install_root(folder.path()), folder.path().join("tools"));
}

#[test]
fn files_above_the_home_and_included_ones_count_as_for_cargo() {
    let folder = TempDir::new().expect("a folder");
    let home = "include = ['first.toml', { path = 'second.toml' }, { path = 'none.toml', optional = true }]\nhttp.timeout = 1";
    write(
        folder.path(),
        &[
            ("home/.cargo/config.toml", home),
            ("home/.cargo/first.toml", "http.timeout = 2\nnet.retry = 2\ninstall.root = 'first'"),
            ("home/.cargo/second.toml", "http.timeout = 3\nnet.retry = 3"),
            (".cargo/config.toml", "http.timeout = 4\nnet.retry = 4\nhttp.proxy = 'above'"),
            ("home/.cargo/.cargo/config.toml", "term.color = 'always'"),
        ],
    );
    let config = load(folder.path(), &[]).expect("a configuration");
    assert_eq!(config.timeout(), Some(Duration::from_secs(1)));
    assert_eq!(config.retries(), Some(3));
    assert_eq!(config.proxy().as_deref(), Some("above"));
    assert_eq!(config.color().as_deref(), Some("always"));
    assert_eq!(config.install_root(folder.path()), folder.path().join("home/first"));
}

#[test]
fn arguments_count_more_than_files_and_the_last_one_most() {
    let folder = TempDir::new().expect("a folder");
    let files =
        [("home/.cargo/config.toml", "net.retry = 1"), ("extra.toml", "net.retry = 2\nhttp.timeout = 2")];
    write(folder.path(), &files);
    let config = load(folder.path(), &["extra.toml", "net.retry = 3"]).expect("a configuration");
    assert_eq!((config.retries(), config.timeout()), (Some(3), Some(Duration::from_secs(2))));
    let origins: Vec<_> = config.layers().iter().map(|layer| layer.origin).collect();
    assert_eq!(origins, [Origin::Argument, Origin::Argument, Origin::File]);
}

/// In a folder such as `/tmp`, anybody can make a file whose name is a setting that a user gives as an argument.
#[test]
#[cfg(unix)]
fn rejects_a_file_of_others_with_the_name_of_a_setting() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().expect("a folder");
    write(
        folder.path(),
        &[("net.retry=3", "build.rustc-wrapper = '/nowhere/evil'"), ("named", "net.retry = 2")],
    );
    let open = fs::Permissions::from_mode(0o666);
    fs::set_permissions(folder.path().join("net.retry=3"), open.clone()).expect("the permissions");
    fs::set_permissions(folder.path().join("named"), open).expect("the permissions");
    let refused = load(folder.path(), &["net.retry=3"]).expect_err("a file of somebody else");
    assert!(matches!(refused, CargoConfigError::Exposed { .. }), "{refused}");
    assert_eq!(load(folder.path(), &["named"]).expect("the user names it").retries(), Some(2));
}

/// Whether an argument is a file is decided once.
#[test]
fn passes_on_what_it_has_read() {
    let folder = TempDir::new().expect("a folder");
    write(folder.path(), &[("extra.toml", "net.retry = 2")]);
    let config = load(folder.path(), &["extra.toml", "net.retry=3"]).expect("a configuration");
    write(folder.path(), &[("net.retry=3", "build.rustc-wrapper = '/nowhere/evil'")]);
    let extra = folder.path().join("extra.toml").into_os_string();
    assert_eq!(config.arguments(), [extra, "net.retry=3".into()]);
}

#[test]
fn without_settings_the_install_root_is_the_home() {
    let folder = TempDir::new().expect("a folder");
    let config = load(folder.path(), &[]).expect("a configuration");
    assert_eq!(config.install_root(folder.path()), folder.path().join("home/.cargo"));
    assert_eq!(config.file(), None);
}

#[test]
fn rejects_what_is_no_configuration() {
    let folder = TempDir::new().expect("a folder");
    let error = |text: &str| {
        write(folder.path(), &[("home/.cargo/config.toml", text)]);
        load(folder.path(), &[]).expect_err("an error").to_string()
    };
    assert!(error("[http").contains("config.toml is no cargo configuration"));
    assert!(error("include = 3").ends_with("include is no list of paths"));
    assert!(error("include = 'config.toml'").ends_with("it includes itself"));
    assert!(error("include = 'nowhere.toml'").starts_with("cannot read"));
}
