//! A token server: it gives signed tokens, as `docker-registry` takes them, to one user.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::DecodePrivateKey;

use crate::server::{Seen, Server, answer};

/// A token server. Whoever has no credentials gets tokens that allow to pull, `publisher` those that allow to push too.
pub(crate) struct TokenServer {
    pub(crate) server: Server,
    certificate: PathBuf,
}

/// The password of `publisher`.
pub(crate) const PASSWORD: &str = "correct horse";

impl TokenServer {
    pub(crate) fn start(folder: &Path) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["token".to_owned()]).expect("a certificate");
        let key = SigningKey::from_pkcs8_der(&made.signing_key.serialize_der()).expect("a key");
        let chain = BASE64_STANDARD.encode(made.cert.der());
        let certificate = folder.join("token.pem");
        fs::write(&certificate, made.cert.pem()).expect("a file");
        let server = Server::start(move |seen| give(seen, &key, &chain));
        Self { server, certificate }
    }

    /// The section of a registry's configuration that leaves authentication to this server.
    pub(crate) fn configuration(&self) -> String {
        format!(
            "auth: {{token: {{realm: 'http://{}/token', service: 'the registry', issuer: 'the tests', \
             rootcertbundle: '{}'}}}}\n",
            self.server.host(),
            self.certificate.display()
        )
    }
}

fn give(seen: &Seen, key: &SigningKey, chain: &str) -> Vec<u8> {
    let publisher = format!("Basic {}", BASE64_STANDARD.encode(format!("publisher:{PASSWORD}")));
    let allowed = match seen.header("authorization") {
        None => "pull",
        Some(authorization) if authorization == publisher => "pull,push",
        Some(_) => return answer(401, "", b"{\"details\":\"wrong password\"}"),
    };
    let scope = seen.target().split("scope=").nth(1).unwrap_or_default().replace("%3A", ":");
    let scope = scope.replace("%2F", "/").replace("%2C", ",");
    let mut parts = scope.split(':').skip(1);
    let (name, asked) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let actions: Vec<_> = asked.split(',').filter(|action| allowed.contains(action)).collect();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
    let claims = serde_json::json!({
        "iss": "the tests", "sub": "", "aud": "the registry", "jti": "1",
        "iat": now, "nbf": now - 60, "exp": now + 300,
        "access": [{ "type": "repository", "name": name, "actions": actions }],
    });
    let header = serde_json::json!({ "typ": "JWT", "alg": "ES256", "x5c": [chain] });
    let encoded = |value: &serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encoded(&header), encoded(&claims));
    let signature: Signature = key.sign(signed.as_bytes());
    let token = format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.to_bytes()));
    answer(200, "", serde_json::json!({ "token": token }).to_string().as_bytes())
}
