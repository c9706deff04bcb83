//! The files of a folder as targets.

use crate::world;

use crate::command::Desk;
use crate::world::{Client, Found};

fn now() -> tuf_repository::UnixTime {
    let since = std::time::UNIX_EPOCH.elapsed().expect("a clock");
    tuf_repository::UnixTime(since.as_secs() as i64)
}

#[test]
fn a_folder_becomes_targets_with_both_hashes() {
    let desk = Desk::with_repository();
    desk.write("tree/a/b.txt", "bytes");
    desk.write("tree/c.txt", "others");
    assert_eq!(desk.ok(&["target", "add-folder", "tree"]), "a/b.txt\nc.txt\n");
    desk.ok(&["publish"]);
    for path in ["a/b.txt", "c.txt"] {
        let found = Client::default().find(&desk.repository(), path, now()).expect("an update").1;
        assert_eq!(found, Found::By("targets".to_owned()), "{path}");
    }
    let metadata =
        std::fs::read_to_string(desk.repository().join("metadata/2.targets.json")).expect("a file");
    let document: serde_json::Value = serde_json::from_str(&metadata).expect("JSON");
    let hashes = &document["signed"]["targets"]["a/b.txt"]["hashes"];
    assert_eq!(hashes["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(hashes["sha512"].as_str().map(str::len), Some(128));

    // What is listed already is not staged again.
    desk.write("tree/c.txt", "new bytes");
    assert_eq!(desk.ok(&["target", "add-folder", "tree"]), "c.txt\n");
    desk.ok(&["publish"]);
    assert_eq!(desk.ok(&["target", "add-folder", "tree"]), "");
}

#[test]
fn a_changed_staged_file_is_not_published() {
    let desk = Desk::with_repository();
    desk.write("tree/a.txt", "bytes");
    desk.ok(&["target", "add-folder", "tree"]);
    let staged = std::fs::read_dir(desk.repository().join("staged/targets")).expect("a folder");
    for entry in staged {
        std::fs::write(entry.expect("an entry").path(), "other").expect("a file");
    }
    desk.refused(&["publish"], "the staged bytes have changed since they were added");
}

#[test]
fn refuses_what_is_no_regular_file_and_what_the_role_may_not_list() {
    let desk = Desk::with_repository();
    desk.refused(&["target", "add-folder", "nowhere"], "could not read nowhere");
    desk.write("tree/a/b.txt", "bytes");
    desk.ok(&["delegate", "docs", "--paths", "docs/*", "--key=online", "--terminating"]);
    let help = desk.refused(&["target", "add-folder", "tree", "--role=docs"], "may not list a/b.txt");
    assert!(help.contains("--role"), "{help}");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/", desk.path().join("tree/link")).expect("a link");
        desk.refused(&["target", "add-folder", "tree"], "only regular files and folders");
    }
}

/// Each form in which a private key lies in a file.
fn private_keys() -> Vec<(&'static str, Vec<u8>)> {
    let desk = Desk::new();
    desk.ok(&["key", "new", "--out=plain.pem", "--unencrypted"]);
    desk.ok(&["key", "new", "--out=encrypted.pem"]);
    let read = |name: &str| std::fs::read(desk.path().join(name)).expect("a key");
    let pem = String::from_utf8(read("plain.pem")).expect("UTF-8");
    let der = pkcs8::SecretDocument::from_pem(&pem).expect("PKCS#8").1.as_bytes().to_vec();
    let body = "A".repeat(64);
    let armor = |label: &str, head: &str| {
        format!("-----BEGIN {label}-----\n{head}{body}\n-----END {label}-----\n").into_bytes()
    };
    vec![
        ("PKCS#8", pem.clone().into_bytes()),
        ("encrypted PKCS#8", read("encrypted.pem")),
        ("after a certificate", [armor("CERTIFICATE", ""), pem.clone().into_bytes()].concat()),
        ("with other ends of lines", pem.replace('\n', "\r\n").into_bytes()),
        ("within JSON", serde_json::json!({"key": pem}).to_string().into_bytes()),
        ("DER", der),
        ("PKCS#1", armor("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0011AABB\n\n")),
        ("SEC 1", armor("EC PRIVATE KEY", "")),
        ("OpenSSH", armor("OPENSSH PRIVATE KEY", "")),
        ("OpenPGP", armor("PGP PRIVATE KEY BLOCK", "Version: GnuPG v2.0 (GNU/Linux)\n\n")),
        ("JWK", br#"{"kty": "OKP", "crv": "Ed25519", "d": "AAAA", "x": "AAAA"}"#.to_vec()),
        (
            "an older key of TUF",
            br#"{"keytype": "ed25519", "keyval": {"public": "a", "private": "b"}}"#.to_vec(),
        ),
    ]
}

#[test]
fn rejects_private_keys_as_targets() {
    let desk = Desk::with_repository();
    let help = desk.refused(&["target", "add-folder", "repo-keys"], "has a private key in it: whoever");
    assert!(help.contains("`--allow-private-keys`"), "{help}");
    for (form, bytes) in private_keys() {
        let path = desk.write("tree/deep/file", "");
        std::fs::write(path, bytes).expect("a file");
        for command in [&["target", "add-folder", "tree"][..], &["target", "add", "a", "tree/deep/file"]] {
            let run = desk.run(command);
            assert!(run.status == Some(1) && run.stderr.contains("[private-key]"), "{form}: {}", run.stderr);
        }
    }
    assert_eq!(desk.ok(&["publish"]), "", "nothing was staged");
    let staged = world::files(&desk.repository().join("staged"));
    assert!(!staged.keys().any(|path| path.to_string_lossy().ends_with(".pem")), "{staged:?}");
    desk.ok(&["target", "add-folder", "tree", "--allow-private-keys"]);
    desk.ok(&["target", "add", "a", "tree/deep/file", "--allow-private-keys"]);
}

#[test]
fn accepts_what_only_speaks_of_private_keys() {
    let desk = Desk::with_repository();
    desk.ok(&["key", "new", "--out=tree/key.pem", "--unencrypted"]);
    std::fs::remove_file(desk.path().join("tree/key.pem")).expect("a removal");
    desk.write(
        "tree/check.rs",
        "text.contains(\"-----BEGIN PRIVATE KEY-----\") && text.ends_with(\"-----END \")",
    );
    desk.write("tree/page.md", "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n");
    desk.write("tree/empty.json", r#"{"keyval": {"public": "a", "private": ""}}"#);
    assert_eq!(desk.ok(&["target", "add-folder", "tree"]).lines().count(), 4);
}

#[test]
fn rejects_the_folders_of_the_publisher_as_targets() {
    let desk = Desk::with_repository();
    let state = desk.state();
    let state = state.to_str().expect("UTF-8");
    for folder in
        ["repo", ".", "repo/metadata", "repo/targets", "repo/staged", "repo/../repo", state, "state"]
    {
        std::fs::create_dir_all(desk.path().join(folder)).expect("a folder");
        let help = desk.refused(&["target", "add-folder", folder], "[own-folder]");
        assert!(help.starts_with("name a folder"), "{folder}: {help}");
    }
    desk.write("repo/packages/a", "bytes");
    assert_eq!(desk.ok(&["target", "add-folder", "repo/packages"]), "a\n");
}

#[test]
fn rejects_targets_that_clients_take_only_if_they_are_told() {
    let desk = Desk::with_repository();
    let path = desk.write("packages/long", "");
    let file = std::fs::OpenOptions::new().write(true).open(&path).expect("a file");
    // No byte of it is on the disk.
    file.set_len((1 << 30) + 1).expect("a length");
    let path = path.to_str().expect("UTF-8");
    let add: [&[&str]; 2] = [&["target", "add", "long", path], &["target", "add-folder", "packages"]];
    for args in add {
        let help = desk.refused(args, "target long is longer than 1073741824 bytes [target-too-long]");
        assert!(help.contains("--max-length BYTES"), "{help}");
    }
    file.set_len(10).expect("a length");
    for args in add {
        desk.refused(&[args, &["--max-length=9"]].concat(), "longer than 9 bytes");
        desk.ok(&[args, &["--max-length=10"]].concat());
    }
}

/// The author of a folder signs nothing, and must not choose for the roles of crates and their index.
#[test]
fn rejects_a_folder_that_takes_over_delegated_paths() {
    let desk = Desk::with_repository();
    desk.ok(&["crates", "delegate", "--index-key=online", "--crates-key=targets"]);
    desk.write("tree/manual.txt", "bytes");
    for path in ["crates/demo-x/demo-x-1.0.0.crate", "index/de/mo/demo-x"] {
        let file = desk.write(&format!("tree/{path}"), "evil");
        let add_folder = ["target", "add-folder", "tree"];
        let help = desk.refused(&add_folder, "[shadows-delegated]");
        assert!(help.contains("--shadow-delegated"), "{help}");
        assert_eq!(desk.run(&[&add_folder[..], &["--shadow-delegated"]].concat()).status, Some(2));
        let add = ["target", "add", path, file.to_str().expect("UTF-8")];
        desk.refused(&add, &format!("role targets may not list {path}, which it delegates to "));
        std::fs::remove_file(file).expect("a removal");
    }
    desk.ok(&["target", "add-folder", "tree"]);
    let add = ["target", "add", "index/de/mo/demo-x", "tree/manual.txt", "--shadow-delegated"];
    desk.ok(&add);
    desk.ok(&["publish"]);
}
