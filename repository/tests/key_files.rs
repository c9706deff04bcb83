//! Key files of this publisher read by OpenSSL and pyca/cryptography, and theirs read here: each kind of key, encrypted and
//! not.

use crate::foreign;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::world::skip;
use pkcs8::der::Document;
use tempfile::TempDir;
use tuf_repository::metadata::Key;
use tuf_repository::{KeyFile, KeyType, Passphrase, Pbkdf2Iterations, SigningKey};

/// Enough for a test, and for nothing else.
const FEW: Pbkdf2Iterations = Pbkdf2Iterations(1000);

const KINDS: [&str; 8] =
    ["ed25519", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87"];

/// One row of the table: a kind of key, with a passphrase or without.
struct Row {
    kind: &'static str,
    secret: Option<Passphrase>,
}

impl Row {
    fn all() -> impl Iterator<Item = Self> {
        let secret = |text: &str| Some(Passphrase::new(text.to_owned()));
        KINDS.into_iter().flat_map(move |kind| {
            [Self { kind, secret: None }, Self { kind, secret: secret("correct horse") }]
        })
    }

    /// A command that knows the passphrase.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_remove("SECRET").envs(self.secret.as_ref().map(|secret| ("SECRET", secret.as_str())));
        command
    }

    fn file(&self, folder: &Path, name: &str) -> PathBuf {
        let form = if self.secret.is_some() { "encrypted" } else { "plain" };
        folder.join(format!("{}-{form}-{name}.pem", self.kind))
    }

    /// Makes a key here, and compares what somebody else reads from its file.
    fn ours(&self, folder: &Path, read: impl Fn(&Path) -> String) {
        let kind: KeyType = self.kind.parse().expect("a key type");
        let key = SigningKey::generate(kind).expect("a key");
        let path = self.file(folder, "ours");
        KeyFile::create_new(&path, &key, self.secret.as_ref(), FEW).expect("a key file");
        assert_eq!(read(&path), key.public().to_spki_pem().expect("PEM"), "{}", path.display());
    }

    /// Reads a file of somebody else here, and compares it with the public key that they told.
    fn theirs(&self, path: &Path, public: &str) {
        let file = KeyFile::read(path).expect("a key file");
        assert_eq!(file.is_encrypted(), self.secret.is_some(), "{}", path.display());
        let key = file.open(self.secret.as_ref()).expect("a key");
        let (_, public) = Document::from_pem(public).expect("PEM");
        let public = Key::from_spki(public.as_bytes(), None).expect("a public key");
        assert_eq!((key.public(), key.kind().to_string().as_str()), (&public, self.kind));
        let signature = key.sign(b"message").expect("a signature");
        assert!(public.verify(b"message", &signature).expect("a key"));
        assert!(!public.verify(b"massage", &signature).expect("a key"));
    }
}

#[test]
fn pyca_reads_our_files_and_we_read_its() {
    let Some(python) = foreign::python() else {
        return skip("key_files::pyca_reads_our_files_and_we_read_its", "no Python environment");
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/key_files.py");
    let folder = TempDir::new().expect("a temporary folder");
    for row in Row::all() {
        row.ours(folder.path(), |path| {
            foreign::ok(row.command(&python).arg(&script).arg("public").arg(path))
        });
        let path = row.file(folder.path(), "theirs");
        let public = foreign::ok(row.command(&python).arg(&script).args(["write", row.kind]).arg(&path));
        row.theirs(&path, &public);
    }
}

#[test]
fn openssl_reads_our_files_and_we_read_its() {
    let test = "key_files::openssl_reads_our_files_and_we_read_its";
    let Some(version) = foreign::openssl() else { return skip(test, "openssl is not on PATH") };
    let folder = TempDir::new().expect("a temporary folder");
    for row in Row::all() {
        let theirs = row.file(folder.path(), "openssl");
        let mut generate = row.command("openssl");
        generate.arg("genpkey").args(algorithm(row.kind)).arg("-out").arg(&theirs);
        if row.secret.is_some() {
            generate.args(["-aes-256-cbc", "-pass", "env:SECRET"]);
        }
        if row.kind.starts_with("ml-dsa") && !generate.output().expect("openssl").status.success() {
            skip(test, &format!("{version} has no {}", row.kind));
            continue;
        }
        foreign::ok(&mut generate);
        row.theirs(&theirs, &openssl_public(&row, &theirs));
        row.ours(folder.path(), |path| openssl_public(&row, path));
    }
}

/// OpenSSL's own choice of parameters, which is not ours.
#[test]
fn accepts_keys_that_openssl_encrypts_with_scrypt() {
    let test = "key_files::accepts_keys_that_openssl_encrypts_with_scrypt";
    if foreign::openssl().is_none() {
        return skip(test, "openssl is not on PATH");
    }
    let folder = TempDir::new().expect("a temporary folder");
    for row in Row::all().filter(|row| row.secret.is_some() && !row.kind.starts_with("ml-dsa")) {
        let key = SigningKey::generate(row.kind.parse().expect("a key type")).expect("a key");
        let (ours, theirs) = (row.file(folder.path(), "ours"), row.file(folder.path(), "scrypt"));
        KeyFile::create_new(&ours, &key, row.secret.as_ref(), FEW).expect("a key file");
        let mut convert = row.command("openssl");
        convert.args(["pkcs8", "-topk8", "-scrypt", "-scrypt_N", "1024"]);
        convert.args(["-passin", "env:SECRET", "-passout", "env:SECRET", "-in"]).arg(&ours);
        foreign::ok(convert.arg("-out").arg(&theirs));
        row.theirs(&theirs, &key.public().to_spki_pem().expect("PEM"));
    }
}

fn openssl_public(row: &Row, path: &Path) -> String {
    let mut command = row.command("openssl");
    command.args(["pkey", "-pubout", "-in"]).arg(path);
    if row.secret.is_some() {
        command.args(["-passin", "env:SECRET"]);
    }
    foreign::ok(&mut command)
}

fn algorithm(kind: &str) -> Vec<&str> {
    match kind {
        "ed25519" => vec!["-algorithm", "ed25519"],
        "ecdsa-p256" => vec!["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "ecdsa-p384" => vec!["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        "ecdsa-p521" => vec!["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
        "rsa-2048" => vec!["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        ml_dsa => vec!["-algorithm", ml_dsa],
    }
}
