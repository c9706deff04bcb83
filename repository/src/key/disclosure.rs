//! Private keys where public bytes belong: a file that is about to be published.

use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use serde_json::Value;

/// Bytes at the beginning of a file that are looked at: keys come in small files, and targets may be larger than memory.
pub(crate) const MOST_BYTES: u64 = 1024 * 1024;

/// Fewer characters of base64 than any key has: an example with `...` in it is no key.
const LEAST_BASE64: usize = 40;

/// Whether bytes have a private key in them, encrypted or not: PKCS#8 in DER, PEM of any kind (also within JSON, where
/// its lines end in `\n`), OpenSSH and OpenPGP armor, and the JSON of JWK and of TUF's older key files.
pub(crate) fn has_private_key(bytes: &[u8]) -> bool {
    let is_der =
        PrivateKeyInfoRef::try_from(bytes).is_ok() || EncryptedPrivateKeyInfoRef::try_from(bytes).is_ok();
    is_der || has_armor(bytes) || is_json(bytes)
}

/// `-----BEGIN … PRIVATE KEY-----`, and a body. Program text that only names the header has other characters after it.
fn has_armor(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.split("-----BEGIN ").skip(1).any(|rest| {
        let Some((label, rest)) = rest.split_once("-----") else { return false };
        let Some((body, _)) = rest.split_once("-----END ") else { return false };
        let is_label = label.ends_with("PRIVATE KEY") || label.ends_with("PRIVATE KEY BLOCK");
        let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
        // Headers such as `DEK-Info: AES-128-CBC,…` and `Version: GnuPG v2.0 (GNU/Linux)`, and escaped ends of lines.
        let is_header = |byte: &u8| byte.is_ascii_whitespace() || b"\\:,-.()_".contains(byte);
        is_label
            && body.bytes().all(|byte| is_base64(&byte) || is_header(&byte))
            && body.bytes().filter(is_base64).count() >= LEAST_BASE64
    })
}

fn is_json(bytes: &[u8]) -> bool {
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return false;
    }
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return false };
    let is_text = |value: Option<&Value>| value.and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    let is_jwk = is_text(value.get("kty")) && (is_text(value.get("d")) || is_text(value.get("k")));
    is_jwk || is_text(value.pointer("/keyval/private"))
}
