//! `tufrepo key test`.

use tuf_repository::metadata::sha256_hex;
use tuf_repository::signer::{SecretSource, SignerUri};
use tuf_repository::{Error, KeyError, KeyFile, Signers as _};

use crate::cli::failure::Failure;
use crate::cli::key_args::KeyTest;
use crate::cli::key_folder::KnownKey;
use crate::cli::output::outln;
use crate::cli::shell::Shell;
use crate::cli::workspace::Workspace;

/// Signs random bytes with each key. Prints name, keyid, `signs`, and where its passphrase or PIN came from, one key that
/// signs a line; says of each other one why it does not. Each signature is verified by the core before a signer gives it out.
pub(crate) fn run(args: &KeyTest, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let mut failures = Vec::new();
    for name in &args.names {
        match test(name, workspace) {
            Ok(()) => {}
            Err(failure) => failures.push((name.as_str(), failure.with_names(&workspace.keys))),
        }
    }
    let (failed, all) = (failures.len(), args.names.len());
    if let ([_], true) = (failures.as_slice(), all == 1) {
        return failures.pop().map_or(Ok(()), |(_, failure)| Err(failure));
    }
    failures.iter().for_each(|(_, failure)| shell.failure(failure));
    let names: Vec<_> = failures.iter().map(|(name, _)| *name).collect();
    match failed {
        0 => Ok(()),
        _ => Err(Failure::new(format!("{failed} of {all} keys do not sign: {}", names.join(", ")))),
    }
}

fn test(name: &str, workspace: &Workspace) -> Result<(), Failure> {
    let known = workspace.keys.named(name)?;
    let signer = workspace.keys.signer(&known.keyid).map_err(|error| with_source(error, known, workspace))?;
    let signer = signer.ok_or_else(|| {
        Failure::no_private_key(name)
            .next("name its folder with `--keys DIR`, or say where it is: `tufrepo key import URI`")
    })?;
    let challenge = challenge()?;
    let signature = signer.sign(challenge.as_bytes()).map_err(Error::from)?;
    if !known.public.verify(challenge.as_bytes(), &signature).map_err(Error::from)? {
        return Err(Failure::new(format!("the key {name} signs, and its public key does not verify it")));
    }
    outln!("{name}\t{}\tsigns\t{}", known.keyid, secret_of(known, workspace)?);
    Ok(())
}

/// Says where the passphrase came from that does not open a key.
fn with_source(error: Error, known: &KnownKey, workspace: &Workspace) -> Failure {
    let is_wrong = matches!(error, Error::Key { cause: KeyError::WrongPassphrase, .. });
    let mut failure = Failure::from(error);
    if let (true, Ok(source)) = (is_wrong, secret_of(known, workspace)) {
        failure.message = format!("passphrase from {source}: {}", failure.message);
    }
    failure
}

/// What is signed: no metadata, since it has no expiry and a type that no role has, and nothing that was signed before.
fn challenge() -> Result<String, Failure> {
    let mut random = [0; 32];
    getrandom::fill(&mut random)
        .map_err(|cause| Failure::new(format!("the system has no random numbers: {cause}")))?;
    Ok(format!("{{\"_type\":\"key-test\",\"challenge\":\"{}\"}}", sha256_hex(&random)))
}

/// Where the passphrase or PIN of a key came from.
fn secret_of(known: &KnownKey, workspace: &Workspace) -> Result<String, Failure> {
    let own = known.entry.as_ref().and_then(|entry| entry.secret.as_ref());
    match (&known.private, known.entry.as_ref().map(|entry| &entry.uri)) {
        (Some(private), _) if !KeyFile::read(private)?.is_encrypted() => Ok("not encrypted".to_owned()),
        (None, Some(SignerUri::SshAgent(_) | SignerUri::Exec(_))) => Ok("none needed".to_owned()),
        (None, Some(SignerUri::Pkcs11(uri))) => {
            let pin = uri.pin_source.clone().map(SecretSource::File);
            Ok(workspace.passphrases.source_of(own.or(pin.as_ref())))
        }
        _ => Ok(workspace.passphrases.source_of(own)),
    }
}
