//! The ready program for keys of cloud services. AWS is moto, which has real keys; for the others, which have no server to test
//! with, each request is pinned by a server of the test.
#![cfg(unix)]

use crate::foreign;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::command::Desk;
use crate::world::skip;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{Signature, SigningKey};
use pkcs8::EncodePublicKey as _;
use pkcs8::der::pem::LineEnding;
use serde_json::{Value, json};
use tuf_test_server::Moto;

fn helper() -> String {
    format!("exec:{}", Path::new(env!("CARGO_MANIFEST_DIR")).join("key-services/tufrepo-kms").display())
}

fn has_python(test: &str) -> bool {
    let found =
        Command::new("python3").args(["-c", "import sys; sys.exit(sys.version_info < (3, 10))"]).status();
    let found = found.is_ok_and(|status| status.success());
    if !found {
        skip(test, "python3 3.10 or newer is not on PATH");
    }
    found
}

/// Imports a key of a service, and gives its `key test`.
fn import(desk: &Desk, name: &str, arguments: &[&str], options: &[&str]) {
    let helper = helper();
    let arguments: Vec<_> = arguments.iter().map(|argument| format!("--argument={argument}")).collect();
    let name = format!("--name={name}");
    let mut import = vec!["key", "import", helper.as_str(), name.as_str()];
    import.extend(arguments.iter().map(String::as_str));
    import.extend(options);
    desk.ok(&import);
}

const AWS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
    ("AWS_DEFAULT_REGION", "eu-central-1"),
];

#[test]
fn keys_of_aws_sign_what_clients_verify() {
    let test = "cloud_signers::keys_of_aws_sign_what_clients_verify";
    let aws = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers/awscli/bin/aws");
    if !aws.exists() {
        return skip(test, "there is no AWS CLI: `cargo xtask setup` installs it");
    }
    let Some(moto) = Moto::start(test) else { return };
    let endpoint = moto.endpoint();
    if !has_python(test) {
        return;
    }
    let mut desk = Desk::with_repository();
    let folder = aws.parent().and_then(|folder| folder.canonicalize().ok()).expect("a folder");
    desk.set("PATH", &format!("{}:{}", folder.display(), std::env::var("PATH").expect("a search path")));
    AWS.into_iter().for_each(|(name, value)| desk.set(name, value));
    let kinds = [
        ("ECC_NIST_P256", "ecdsa-sha2-nistp256"),
        ("ECC_NIST_P384", "ecdsa-sha2-nistp384"),
        ("ECC_NIST_P521", "ecdsa-sha2-nistp521"),
        ("RSA_2048", "rsassa-pss-sha256"),
        ("RSA_2048", "rsa-pkcs1v15-sha512"),
    ];
    for (spec, scheme) in kinds {
        let mut create = Command::new(&aws);
        create.args(["kms", "create-key", "--key-usage", "SIGN_VERIFY", "--key-spec", spec]).envs(AWS);
        create.args(["--query", "KeyMetadata.KeyId", "--output", "text", "--endpoint-url", &endpoint]);
        let key = foreign::ok(&mut create);
        let scheme_option = format!("--scheme={scheme}");
        let environment = AWS.map(|(name, _)| format!("--environment={name}"));
        let mut options: Vec<_> = environment.iter().map(String::as_str).collect();
        options.push(&scheme_option);
        import(&desk, scheme, &["aws", key.trim(), "--endpoint", &endpoint], &options);
        desk.ok(&["key", "test", scheme]);
    }
    desk.ok(&[
        "rotate",
        "targets",
        "--new-key=rsassa-pss-sha256",
        "--new-key=ecdsa-sha2-nistp256",
        "--threshold=2",
    ]);
    desk.ok(&["publish"]);
    // The service's own words, and no signature.
    desk.set("AWS_DEFAULT_REGION", "eu-west-1");
    desk.refused(&["key", "test", "ecdsa-sha2-nistp256"], "the program failed (exit status: ");
}

/// AWS takes 4096 bytes; of more it gets the digest. moto has no digests, so the program `aws` is a stand-in, which signs with
/// OpenSSL what it is told is a digest.
#[test]
fn aws_is_given_the_digest_of_what_is_too_long_for_it() {
    let test = "cloud_signers::aws_is_given_the_digest_of_what_is_too_long_for_it";
    if !has_python(test) {
        return;
    }
    if foreign::openssl().is_none() {
        return skip(test, "openssl is not on PATH");
    }
    let mut desk = Desk::with_repository();
    let key = desk.path().join("key.pem");
    let mut make = Command::new("openssl");
    foreign::ok(
        make.args(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out"]).arg(&key),
    );
    let (key, called) = (key.display(), desk.path().join("called"));
    let aws = desk.write(
        "bin/aws",
        &format!(
            "#!/bin/sh\necho \"$@\" >> {}\ncase $2 in\n\
             get-public-key) printf '{{\"PublicKey\": \"%s\"}}' $(openssl pkey -in {key} -pubout -outform DER | openssl base64 -A);;\n\
             sign) case $* in\n  *DIGEST*) set -- openssl pkeyutl -sign -inkey {key};;\n  *) set -- openssl dgst -sha256 -sign {key};;\n  esac\n\
             printf '{{\"Signature\": \"%s\"}}' $(\"$@\" | openssl base64 -A);;\nesac\n",
            called.display()
        ),
    );
    std::fs::set_permissions(&aws, std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("a mode");
    // The interpreter itself: what chooses one may put folders of its own before ours.
    let python = foreign::ok(Command::new("python3").args(["-c", "import sys; print(sys.executable)"]));
    std::os::unix::fs::symlink(python.trim(), aws.with_file_name("python3")).expect("a link");
    let bin = aws.parent().expect("a folder").display();
    desk.set("PATH", &format!("{bin}:{}", std::env::var("PATH").expect("a search path")));
    import(&desk, "kms", &["aws", "alias/release"], &[]);
    desk.ok(&["key", "test", "kms"]);
    desk.ok(&["rotate", "targets", "--new-key=kms", "--abrupt"]);
    desk.ok(&["publish"]);
    for number in 0..40 {
        desk.write(&format!("files/{number}"), "content");
    }
    desk.ok(&["target", "add-folder", "files"]);
    desk.ok(&["publish"]);
    let called = std::fs::read_to_string(called).expect("the calls");
    let sign = "kms sign --key-id alias/release --output json --message fileb:///dev/stdin --message-type";
    let signing = |kind: &str| format!("{sign} {kind} --signing-algorithm ECDSA_SHA_256");
    let calls: Vec<_> = called.lines().collect();
    assert_eq!(calls[0], "kms get-public-key --key-id alias/release --output json");
    assert_eq!(calls[1], signing("RAW"));
    assert_eq!(calls.last().copied(), Some(signing("DIGEST").as_str()));
}

/// What a service was asked.
#[derive(Clone, Debug, PartialEq)]
struct Request {
    /// Method and path.
    line: String,
    headers: Vec<String>,
    body: Value,
}

impl Request {
    fn has(&self, header: &str) -> bool {
        self.headers.iter().any(|found| found.eq_ignore_ascii_case(header))
    }
}

type Answer = Box<dyn Fn(&Request) -> (u16, Value) + Send>;

/// A server that answers as one service does, and remembers what it was asked.
struct Service {
    endpoint: String,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Service {
    fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::<Mutex<Vec<Request>>>::default();
        let remembered = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.expect("a connection");
                let request = read_request(&stream);
                remembered.lock().expect("the list").push(request.clone());
                write_answer(stream, answer(&request));
            }
        });
        Self { endpoint, asked }
    }

    /// The requests since the last question.
    fn asked(&self) -> Vec<Request> {
        std::mem::take(&mut self.asked.lock().expect("the list"))
    }
}

fn read_request(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let length =
        head.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a length"))];
    reader.read_exact(&mut body).expect("a body");
    let line = head.remove(0).trim_end_matches(" HTTP/1.1").to_owned();
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).expect("JSON") };
    Request { line, headers: head, body }
}

fn write_answer(mut stream: TcpStream, (status, body): (u16, Value)) {
    let body = body.to_string();
    let location = if status == 302 { "Location: /stolen\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{location}Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).expect("written");
}

fn key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).expect("a key")
}

fn pem() -> String {
    key().verifying_key().to_public_key_pem(LineEnding::LF).expect("PEM")
}

fn sign(digest: &str) -> Signature {
    let any = STANDARD.decode(digest).or_else(|_| URL_SAFE_NO_PAD.decode(digest));
    let digest = any.expect("base64");
    assert_eq!(digest.len(), 32);
    key().sign_prehash(&digest).expect("a signature")
}

fn der(digest: &str) -> String {
    STANDARD.encode(sign(digest).to_der().as_bytes())
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// `asymmetricSign` and `getPublicKey` of the Cloud KMS API, v1.
#[test]
fn a_key_of_google_is_asked_as_its_api_says() {
    let test = "cloud_signers::a_key_of_google_is_asked_as_its_api_says";
    if !has_python(test) {
        return;
    }
    let name = "projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1";
    let service = Service::start(Box::new(|request| match request.body.is_null() {
        true => (200, json!({"pem": pem(), "algorithm": "EC_SIGN_P256_SHA256"})),
        false => (200, json!({"signature": der(text(&request.body["digest"]["sha256"]))})),
    }));
    let mut desk = Desk::new();
    desk.set("GOOGLE_OAUTH_ACCESS_TOKEN", "secret-token");
    let options = ["--environment=GOOGLE_OAUTH_ACCESS_TOKEN"];
    import(&desk, "google", &["google", name, "--endpoint", &service.endpoint], &options);
    desk.ok(&["key", "test", "google"]);
    let asked = service.asked();
    assert_eq!(asked[0].line, format!("GET /v1/{name}/publicKey"));
    assert_eq!(asked[1].line, format!("POST /v1/{name}:asymmetricSign"));
    assert_eq!(asked[1].body, json!({"digest": {"sha256": asked[1].body["digest"]["sha256"]}}));
    assert!(asked.iter().all(|request| request.has("Authorization: Bearer secret-token")), "{asked:?}");
    assert!(asked[1].has("Content-Type: application/json") && asked.len() == 2);
}

/// `Get Key` and `sign` of Azure Key Vault, 7.4: the two numbers of a signature in the base64 of URLs.
#[test]
fn a_key_of_azure_is_asked_as_its_api_says() {
    let test = "cloud_signers::a_key_of_azure_is_asked_as_its_api_says";
    if !has_python(test) {
        return;
    }
    let service = Service::start(Box::new(|request| match request.body.is_null() {
        true => {
            let point = key().verifying_key().to_sec1_point(false);
            let of = |from: usize| URL_SAFE_NO_PAD.encode(&point.as_bytes()[from..from + 32]);
            (200, json!({"key": {"kid": "k", "kty": "EC-HSM", "crv": "P-256", "x": of(1), "y": of(33)}}))
        }
        false => {
            let signature = sign(text(&request.body["value"])).to_bytes();
            (200, json!({"kid": "k", "value": URL_SAFE_NO_PAD.encode(signature)}))
        }
    }));
    let mut desk = Desk::new();
    desk.set("AZURE_ACCESS_TOKEN", "secret-token");
    let key = "https://example.vault.azure.net/keys/release/0123";
    let options = ["--environment=AZURE_ACCESS_TOKEN"];
    import(&desk, "azure", &["azure", key, "--endpoint", &service.endpoint], &options);
    assert_eq!(desk.ok(&["key", "export", "azure"]), pem());
    (0..4).for_each(|_| drop(desk.ok(&["key", "test", "azure"])));
    let asked = service.asked();
    assert_eq!(asked[0].line, "GET /keys/release/0123?api-version=7.4");
    assert_eq!(asked[1].line, "POST /keys/release/0123/sign?api-version=7.4");
    assert_eq!(asked[1].body, json!({"alg": "ES256", "value": asked[1].body["value"]}));
    assert!(!text(&asked[1].body["value"]).contains(['+', '/', '=']));
    assert!(asked.iter().all(|request| request.has("Authorization: Bearer secret-token")), "{asked:?}");
}

/// `Read key` and `Sign data` of Vault's transit engine.
#[test]
fn a_key_of_vault_is_asked_as_its_api_says() {
    let test = "cloud_signers::a_key_of_vault_is_asked_as_its_api_says";
    if !has_python(test) {
        return;
    }
    let service = Service::start(Box::new(|request| match request.body.is_null() {
        true => (200, json!({"data": {"latest_version": 3, "keys": {"2": {"public_key": pem()}}}})),
        false => {
            (200, json!({"data": {"signature": format!("vault:v2:{}", der(text(&request.body["input"])))}}))
        }
    }));
    let mut desk = Desk::new();
    desk.set("VAULT_TOKEN", "secret-token");
    desk.set("VAULT_ADDR", &service.endpoint);
    let options = ["--environment=VAULT_TOKEN", "--environment=VAULT_ADDR"];
    import(&desk, "vault", &["vault", "team/transit/release:2"], &options);
    desk.ok(&["key", "test", "vault"]);
    let asked = service.asked();
    assert_eq!(asked[0].line, "GET /v1/team/transit/keys/release");
    assert_eq!(asked[1].line, "POST /v1/team/transit/sign/release");
    let expected = json!({
        "input": asked[1].body["input"],
        "prehashed": true,
        "hash_algorithm": "sha2-256",
        "marshaling_algorithm": "asn1",
        "key_version": 2,
    });
    assert_eq!(asked[1].body, expected);
    assert!(asked.iter().all(|request| request.has("X-Vault-Token: secret-token")), "{asked:?}");
}

/// A token goes to the service alone: not along with a redirection, not without TLS, and not into a message.
#[test]
fn rejects_to_send_a_token_elsewhere() {
    let test = "cloud_signers::rejects_to_send_a_token_elsewhere";
    if !has_python(test) {
        return;
    }
    let mut desk = Desk::new();
    desk.set("VAULT_TOKEN", "secret-token");
    for (status, words) in [
        (302, "127.0.0.1 answered 302"),
        (403, "127.0.0.1 answered 403: {\"errors\":[\"permission denied\"]}"),
    ] {
        let service = Service::start(Box::new(move |_| (status, json!({"errors": ["permission denied"]}))));
        let endpoint = format!("--argument={}", service.endpoint);
        let helper = helper();
        let import = [
            "key",
            "import",
            &helper,
            "--name=vault",
            "--environment=VAULT_TOKEN",
            "--argument=vault",
            "--argument=transit/release",
            "--argument=--endpoint",
            &endpoint,
        ];
        desk.refused(&import, words);
        assert!(!desk.run(&import).stderr.contains("secret-token"));
        assert!(service.asked().iter().all(|request| request.line == "GET /v1/transit/keys/release"));
    }
    let helper = helper();
    let import = [
        "key",
        "import",
        &helper,
        "--name=vault",
        "--environment=VAULT_TOKEN",
        "--argument=vault",
        "--argument=transit/release",
        "--argument=--endpoint",
        "--argument=http://vault.invalid:8200",
    ];
    desk.refused(&import, "no token is sent without https: http://vault.invalid");
}
