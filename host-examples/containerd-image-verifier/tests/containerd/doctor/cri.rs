//! What the kubelet's pulls go through.

use std::fs;

use super::checkup::Checkup;
use crate::containerd::Settings;
use crate::world::{Site, World};

/// An option of the CRI, how it is shown, and what helps.
const OPTIONS: [(&str, &str, &str); 9] = [
    ("use_local_image_pull = true", "use_local_image_pull = true", "set it to false"),
    ("discard_unpacked_layers = true", "discard_unpacked_layers = true", "set it to false"),
    (
        "disable_snapshot_annotations = false",
        "disable_snapshot_annotations = false",
        "set it to true; the snapshotter's own option serves",
    ),
    ("image_pull_with_sync_fs = true", "image_pull_with_sync_fs = true", "set it to false"),
    (
        "max_concurrent_downloads = 5",
        "max_concurrent_downloads = 5",
        "set it in io.containerd.transfer.v1.local",
    ),
    (
        "max_concurrent_downloads = 1",
        "max_concurrent_downloads = 1",
        "set it in io.containerd.transfer.v1.local",
    ),
    (
        "registry.mirrors.'a.example'.endpoint = ['http://a.example']",
        "registry.mirrors is set",
        "use the folder that registry.config_path names",
    ),
    (
        "registry.configs.'a.example'.auth.username = 'a'",
        "registry.configs is set",
        "use the folder that registry.config_path names",
    ),
    (
        "registry.auths.'https://a.example'.username = 'a'",
        "registry.auths is set",
        "use secrets for pulls, or a credential provider",
    ),
];

/// Options with which the CRI still asks.
const HARMLESS: &str = r#"
snapshotter = "native"
concurrent_layer_fetch_buffer = 1048576
image_pull_progress_timeout = "1m"
stats_collect_period = 60
image_decryption.key_model = ""
registry.mirrors = {}
registry.headers.X-Header = ["a"]
runtime_platforms.runc = { platform = "linux/amd64", snapshotter = "overlayfs" }"#;

/// A file that was written for an older containerd, which this one still reads.
const OLDER_FORM: &str = r#"version = 2
[plugins."io.containerd.grpc.v1.cri".registry.mirrors."a.example"]
endpoint = ["http://a.example"]
"#;

/// A containerd with a CRI, whose pods are built on `TEAM/pause:1`.
pub(super) fn with_cri(team: &str, lines: &str) -> Settings {
    let sandbox = format!("pinned_images.sandbox = \"registry.acme.test/{team}/pause:1\"");
    Settings { cri: Some(format!("{lines}\n{sandbox}")), ..Settings::default() }
}

/// Each is found in the configuration, and by the image that the CRI pulls unasked; `ctr` still asks.
pub(super) fn options(site: &Site) {
    for (line, shown, remedy) in OPTIONS {
        let world = machine(site, "options", &with_cri("options", line));
        let before = world.ctr.store();
        let words = format!("{shown}: pulls by the CRI ask no verifier; {remedy}");
        let found = [("open", "cri-pull", words.as_str()), ("open", "canary-cri", "127.0.0.1:")];
        Checkup::of(&world).only_finds(&found).is_not_sound(2, 0, 0);
        assert_eq!(world.ctr.store(), before, "{line}");
    }
}

/// What changes nothing is not found.
pub(super) fn harmless(site: &Site) {
    let world = machine(site, "harmless", &with_cri("harmless", HARMLESS));
    Checkup::of(&world).only_finds(&[]).is_sound();
}

pub(super) fn older_form(site: &Site) {
    let settings = Settings { import: Some(OLDER_FORM.into()), ..with_cri("form", "") };
    let words = "registry.mirrors is set: pulls by the CRI ask no verifier; ";
    let found = [("open", "cri-pull", words), ("open", "canary-cri", "127.0.0.1:")];
    Checkup::of(&machine(site, "form", &settings)).only_finds(&found).is_not_sound(2, 0, 0);
}

/// What is switched off pulls nothing, whatever its options are.
pub(super) fn switched_off(site: &Site) {
    let settings = Settings {
        disabled: vec!["io.containerd.grpc.v1.cri"],
        ..with_cri("off", "discard_unpacked_layers = true")
    };
    let world = World::with(site, "off", &settings);
    world.publish();
    Checkup::of(&world).finds("ok", "cri-pull", "there is no CRI").only_finds(&[]).is_sound();
}

/// What failed to start pulls nothing.
pub(super) fn failed(site: &Site) {
    let world = World::with(site, "failed", &with_cri("failed", "snapshotter = \"none\""));
    world.publish();
    Checkup::of(&world).finds("ok", "canary-cri", "there is no CRI").only_finds(&[]).is_sound();
}

/// The daemon runs with what its file said before.
pub(super) fn next_start(site: &Site) {
    let world = machine(site, "next", &with_cri("next", ""));
    let path = world.path("containerd.toml");
    let text = fs::read_to_string(&path).expect("a configuration");
    let images = "[plugins.\"io.containerd.cri.v1.images\"]\n";
    fs::write(&path, text.replace(images, &format!("{images}discard_unpacked_layers = true\n")))
        .expect("written");
    let words = "discard_unpacked_layers = true: pulls by the CRI ask no verifier; set it to false";
    Checkup::of(&world).only_finds(&[("open", "cri-pull", words)]).is_not_sound(1, 0, 0);
    let plugin = "\"io.containerd.image-verifier.v1.bindir\"";
    fs::write(&path, text.replace("disabled_plugins = [", &format!("disabled_plugins = [{plugin}, ")))
        .expect("written");
    let words =
        "disabled_plugins lists io.containerd.image-verifier.v1.bindir: it will not run after a restart";
    Checkup::of(&world).only_finds(&[("open", "verifier-plugin", words)]).is_not_sound(1, 0, 0);
    fs::write(&path, "version = 3\nroot = 1\n").expect("written");
    let words = "containerd cannot read its configuration: ";
    Checkup::of(&world).only_finds(&[("untried", "containerd", words)]).is_not_sound(0, 0, 1);
}

pub(super) fn pause_image(site: &Site) {
    let world = World::with(site, "pause", &with_cri("pause", ""));
    let words =
        "no pod can start with registry.acme.test/pause/pause:1: not-listed: no trusted role lists it; ";
    Checkup::of(&world).only_finds(&[("blocked", "pause-image", words)]).is_not_sound(0, 1, 0);
}

/// A mirror for every host does not have the image; it is found nevertheless, and no entry is left.
pub(super) fn mirrors(site: &Site) {
    let world = machine(site, "mirrors", &with_cri("mirrors", ""));
    let hosts = world.path("hosts");
    let restarted = format!("registry.config_path = {hosts:?}");
    let world = machine(site, "mirrors", &with_cri("mirrors", &restarted));
    fs::create_dir_all(hosts.join("_default")).expect("a folder");
    let text = "server = \"http://127.0.0.1:1\"\n[host.\"http://127.0.0.1:1\"]\ncapabilities = [\"pull\", \"resolve\"]\n";
    fs::write(hosts.join("_default/hosts.toml"), text).expect("a file");
    Checkup::of(&world).finds("ok", "canary-cri", "127.0.0.1:").is_sound();
    let left = fs::read_dir(&hosts).expect("a folder").count();
    assert_eq!(left, 1);
}

/// A machine whose pods can start.
pub(super) fn machine<'site>(site: &'site Site, team: &str, settings: &Settings) -> World<'site> {
    let mut world = World::with(site, team, settings);
    world.list(&site.image("v1"), "pause", "1").release();
    world
}
