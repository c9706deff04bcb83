//! Key types that python-tuf writes and the publisher does not: each verifies here, and a broken signature of it does not.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use tuf_oracle_tests::{Implementation, KeyType, Outcome, Peer, Plan, Scenario, Visit, scenario};
use tuf_test_server::Server;
use tuf_verifier_host::records::{Basis, Waived};
use tuf_verifier_host::{Client, Error, FolderStore, HttpSource, Lookup, Profile, Session, Settings};

/// What is published with keys of each type.
const SCENARIOS: [&str; 5] = [
    "accepts_the_standard_repository",
    "accepts_rotation_of_every_key",
    "rejects_broken_signatures_of_root",
    "rejects_broken_signatures_of_targets",
    "rejects_below_threshold_targets",
];

#[test]
fn python_tufs_ml_dsa_repositories_verify_here() {
    for key_type in [KeyType::MlDsa44, KeyType::MlDsa65, KeyType::MlDsa87] {
        verifies("python_tufs_ml_dsa_repositories_verify_here", key_type);
    }
}

#[test]
fn python_tufs_p_521_repositories_verify_here() {
    verifies("python_tufs_p_521_repositories_verify_here", KeyType::EcdsaP521);
}

#[test]
fn python_tufs_rsa_pss_repositories_verify_here() {
    for key_type in [KeyType::RsaPss384, KeyType::RsaPss512] {
        verifies("python_tufs_rsa_pss_repositories_verify_here", key_type);
    }
}

#[test]
fn python_tufs_rsa_pkcs1v15_repositories_verify_here() {
    for key_type in [KeyType::RsaPkcs256, KeyType::RsaPkcs384, KeyType::RsaPkcs512] {
        verifies("python_tufs_rsa_pkcs1v15_repositories_verify_here", key_type);
    }
}

/// The keys of root are ML-DSA-65, all others ed25519: what a repository may look like that moves step by step.
#[test]
fn a_repository_with_ml_dsa_root_keys_verifies() {
    let Some(python) = python("a_repository_with_ml_dsa_root_keys_verifies") else { return };
    let standard = named("accepts_the_standard_repository");
    let mut plan = standard.plan();
    plan.root_key_type = Some(KeyType::MlDsa65);
    let written = Written::by(&python, plan);
    for reader in [&Implementation::ours(), &python] {
        written.judge(&standard, reader);
    }
}

/// tuf-js has RSA-PSS with every digest, and none of the others: it then finds no signature that counts.
#[test]
fn tuf_js_reads_what_it_has_the_scheme_for() {
    let test = "tuf_js_reads_what_it_has_the_scheme_for";
    let (Some(python), Some(node)) = (python(test), node(test)) else { return };
    let standard = named("accepts_the_standard_repository");
    for (key_type, reads) in [
        (KeyType::RsaPss384, true),
        (KeyType::RsaPss512, true),
        (KeyType::EcdsaP521, false),
        (KeyType::RsaPkcs256, false),
        (KeyType::MlDsa65, false),
        (KeyType::Legacy, true),
    ] {
        let mut plan = standard.plan();
        plan.key_type = key_type;
        let written = Written::by(&python, plan);
        if reads {
            written.judge(&standard, &node);
            continue;
        }
        for visit in written.visits(&standard, &node) {
            let Outcome::Refused { reason } = visit.refresh else { panic!("{}: accepted", key_type.name()) };
            assert!(reason.contains("root was signed by 0/2 keys"), "{}: {reason}", key_type.name());
        }
    }
}

/// Points in hexadecimal, key types named after their schemes, expiries with an offset or a fraction: taken and reported, and
/// not read by the strict profile.
#[test]
fn a_repository_in_old_forms_verifies() {
    let Some(python) = python("a_repository_in_old_forms_verifies") else { return };
    let mut plan = named("accepts_the_standard_repository").plan();
    plan.key_type = KeyType::Legacy;
    let written = Written::by(&python, plan);

    let refused = written.client(Profile::Strict, "strict").refresh();
    assert_eq!(refused.expect_err("it is not read").code(), "unsupported-date");

    let mut session =
        written.client(Profile::Compatible, "compatible").refresh().expect("it is taken by default");
    let waived = &session.report().waived;
    assert!(waived.iter().all(|waiver| waiver.why == Basis::Compatible), "{waived:?}");
    for role in ["root", "timestamp", "snapshot", "targets"] {
        let date = Waived::DateForm(role.to_owned());
        assert!(waived.iter().any(|waiver| waiver.check == date), "{role}: {waived:?}");
        let key = |waived: &Waived| matches!(waived, Waived::KeyForm(key) if key.role == role);
        assert!(waived.iter().any(|waiver| key(&waiver.check)), "{role}: {waived:?}");
    }
    assert_eq!(content(&mut session, "readme.txt").expect("it is listed"), b"read me\n");
    assert_eq!(content(&mut session, "alpha/one").expect("it is listed"), b"one\n");
}

/// A broken signature of a key in an old form is as broken as any.
#[test]
fn rejects_broken_signatures_of_a_repository_in_old_forms() {
    let Some(python) = python("rejects_broken_signatures_of_a_repository_in_old_forms") else { return };
    let broken = named("rejects_broken_signatures_of_targets");
    let mut plan = broken.plan();
    plan.key_type = KeyType::Legacy;
    let written = Written::by(&python, plan);
    broken.spoil(&written.plan).expect("it is there to be spoiled");
    let refused = written.client(Profile::Compatible, "compatible").refresh();
    assert_eq!(refused.expect_err("it is refused").code(), "arbitrary-software");
}

/// Every scenario that python-tuf writes with keys of this type ends here and there as it must.
fn verifies(test: &str, key_type: KeyType) {
    let Some(python) = python(test) else { return };
    for name in SCENARIOS {
        let scenario = named(name);
        let mut plan = scenario.plan();
        plan.key_type = key_type;
        let written = Written::by(&python, plan);
        scenario.spoil(&written.plan).expect("it is there to be spoiled");
        for reader in [&Implementation::ours(), &python] {
            written.judge(&scenario, reader);
        }
    }
}

/// What python-tuf has written, served.
struct Written {
    folder: TempDir,
    plan: Plan,
    server: Server,
}

impl Written {
    fn by(python: &Implementation, mut plan: Plan) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        plan.folder = folder.path().join("published");
        python.write(&plan).expect("python-tuf writes it");
        let server = Server::folder(&plan.folder).expect("a server");
        Self { folder, plan, server }
    }

    fn visits(&self, scenario: &Scenario, reader: &Implementation) -> Vec<Visit> {
        let journey = scenario.journey(&self.plan, &self.server.url(), self.store(reader.name()));
        reader.read(&journey).expect("a verdict")
    }

    fn judge(&self, scenario: &Scenario, reader: &Implementation) {
        let judged = scenario.judge(reader.name(), &self.visits(scenario, reader));
        judged
            .unwrap_or_else(|error| panic!("{} of {}: {error:#}", scenario.name, self.plan.key_type.name()));
    }

    fn client(&self, profile: Profile, store: &str) -> Client {
        let root = fs::read(self.plan.folder.join("1/metadata/1.root.json")).expect("the first root");
        let base = self.server.url();
        let source = HttpSource::builder(&format!("{base}/1/metadata"), &format!("{base}/1/targets"));
        let source = source.direct().retries(0).build().expect("two URLs");
        let store = FolderStore::open(self.store(store)).expect("a store");
        Client::new(root, source, store).settings(Settings { profile, ..Settings::default() })
    }

    fn store(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("store-{name}"))
    }
}

fn content(session: &mut Session, path: &str) -> Result<Vec<u8>, Error> {
    match session.find(path)? {
        Lookup::Found(target) => session.read(&target),
        other => panic!("{path}: {other:?}"),
    }
}

fn named(name: &str) -> Scenario {
    scenario::all().into_iter().find(|scenario| scenario.name == name).expect("there is such a scenario")
}

fn python(test: &str) -> Option<Implementation> {
    peer(test, Peer::python().map(Implementation::Python))
}

fn node(test: &str) -> Option<Implementation> {
    peer(test, Peer::node().map(Implementation::Node))
}

fn peer(test: &str, started: anyhow::Result<Implementation>) -> Option<Implementation> {
    match started {
        Ok(peer) => Some(peer),
        Err(reason) => {
            tuf_tests::skip(test, &format!("{reason:#}"));
            None
        }
    }
}
