//! The command line of `tufrepo key` as it is written.

use std::path::PathBuf;

use clap::{ArgGroup, Args as ClapArgs, Subcommand, ValueEnum};
use tuf_repository::KeyType;
use tuf_repository::signer::{EcdsaForm, OutputForm, SecretSource};

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a new private key, encrypted with a passphrase.
    New(KeyNew),
    /// List the keys of the repository: name, keyid, scheme, and where the private key is.
    List,
    /// Take a key that is there already: a file in PEM, or a key of a token, an agent or a program, which stays there.
    Import(KeyImport),
    /// Print a public key, or write a private key file again elsewhere.
    Export(KeyExport),
    /// Sign random bytes with keys, and verify the signatures as a client would.
    Test(KeyTest),
}

/// A new private key.
#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("place").required(true).args(["name", "out"])))]
pub(crate) struct KeyNew {
    /// Name of the key in the folder of keys: the first one of `--keys`, otherwise the repository's.
    pub(crate) name: Option<String>,
    /// Kind of key: ed25519, ecdsa-p256, ecdsa-p384, ecdsa-p521, ml-dsa-44, ml-dsa-65, ml-dsa-87, rsa, or rsa-BITS.
    #[arg(long = "type", value_name = "TYPE", default_value = "ed25519")]
    pub(crate) kind: KeyType,
    /// Signature scheme of an RSA key, such as rsassa-pss-sha512. rsassa-pss-sha256 where nothing is said.
    #[arg(long, value_name = "SCHEME")]
    pub(crate) scheme: Option<String>,
    /// File of the private key. The public key goes beside it, with the ending `.json`.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Where the passphrase comes from, now and whenever the key signs: file:PATH, env:TUFREPO_NAME, or prompt. Otherwise as
    /// for every key.
    #[arg(long, value_name = "SOURCE", conflicts_with = "unencrypted")]
    pub(crate) secret: Option<SecretSource>,
    /// Do not encrypt the key. Whoever reads the file can sign.
    #[arg(long)]
    pub(crate) unencrypted: bool,
}

/// A key that is there already.
#[derive(Debug, ClapArgs)]
pub(crate) struct KeyImport {
    /// File in PEM (PKCS#8 or a public key), public key object in JSON as `key export --form tuf` writes it, or URI: `pkcs8:FILE` leaves the file where it is; `pkcs11:…` (RFC 7512, with
    /// module-path); `ssh-agent:COMMENT`; `exec:/PROGRAM`.
    #[arg(value_name = "FILE|URI")]
    pub(crate) source: String,
    /// Name of the key in the folder of keys: the first one of `--keys`, otherwise the repository's. The file's name where
    /// nothing is said.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Signature scheme of an RSA key. rsassa-pss-sha256 where nothing is said.
    #[arg(long, value_name = "SCHEME")]
    pub(crate) scheme: Option<String>,
    /// Where the passphrase or PIN comes from, now and whenever the key signs: file:PATH, env:TUFREPO_NAME, or prompt.
    /// Otherwise as for every key.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) secret: Option<SecretSource>,
    /// Leave a private key that is not encrypted as it is. Whoever reads the file can sign.
    #[arg(long)]
    pub(crate) unencrypted: bool,
    /// Argument of a program, before those of each call. May be repeated.
    #[arg(long = "argument", value_name = "ARGUMENT", allow_hyphen_values = true)]
    pub(crate) arguments: Vec<String>,
    /// Variable that a program gets besides PATH and HOME, by its name. May be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Vec<String>,
    /// Seconds that a program or an agent may take. 60 where nothing is said.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) timeout_seconds: Option<u64>,
    /// How a program writes a signature.
    #[arg(long, value_name = "FORM", default_value = "raw")]
    pub(crate) output: Output,
    /// How a program writes an ECDSA signature.
    #[arg(long, value_name = "FORM", default_value = "der")]
    pub(crate) ecdsa: Ecdsa,
}

/// A key that goes elsewhere.
#[derive(Debug, ClapArgs)]
pub(crate) struct KeyExport {
    /// Name of the key.
    pub(crate) name: String,
    /// Form of the public key.
    #[arg(long, value_name = "FORM", default_value = "pem", conflicts_with = "private")]
    pub(crate) form: PublicForm,
    /// Write to a new file, instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The private key file, as it is: encrypted with the same passphrase, or not encrypted. Keys of tokens, agents and programs
    /// stay where they are.
    #[arg(long, requires = "out")]
    pub(crate) private: bool,
}

/// Keys that are to sign.
#[derive(Debug, ClapArgs)]
pub(crate) struct KeyTest {
    /// Names of the keys.
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<String>,
}

/// The form of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PublicForm {
    /// SubjectPublicKeyInfo in PEM, which other programs read.
    Pem,
    /// The key object of metadata.
    Tuf,
}

/// How a program writes a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Its bytes.
    Raw,
    /// In hexadecimal.
    Hex,
    /// In base64, of either alphabet.
    Base64,
}

/// How a program writes an ECDSA signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ecdsa {
    /// In DER.
    Der,
    /// `r` and `s`, each as long as the order of the curve.
    RS,
}

impl From<Output> for OutputForm {
    fn from(output: Output) -> Self {
        match output {
            Output::Raw => Self::Raw,
            Output::Hex => Self::Hex,
            Output::Base64 => Self::Base64,
        }
    }
}

impl From<Ecdsa> for EcdsaForm {
    fn from(ecdsa: Ecdsa) -> Self {
        match ecdsa {
            Ecdsa::Der => Self::Der,
            Ecdsa::RS => Self::RS,
        }
    }
}
