//! What cargo shows the proxy, so that no other process of the machine can use it.

use std::fmt;

use base64ct::{Base64, Encoding};

/// A user name and a random secret of 256 bits.
#[derive(Clone)]
pub struct Credential {
    secret: String,
    header: String,
}

impl Credential {
    /// A fresh one.
    ///
    /// # Errors
    /// The operating system has no random numbers.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        let secret: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let header = format!("Basic {}", Base64::encode_string(format!("cargo-tuf:{secret}").as_bytes()));
        Ok(Self { secret, header })
    }

    /// The part of a proxy URL before the `@`.
    #[must_use]
    pub fn user_info(&self) -> String {
        format!("cargo-tuf:{}", self.secret)
    }

    /// Whether this is the value of the Proxy-Authorization header. Takes the same time for any value of its length.
    #[must_use]
    pub fn accepts(&self, header: &[u8]) -> bool {
        let expected = self.header.as_bytes();
        let differing = expected.iter().zip(header).fold(0, |sum, (a, b)| sum | (a ^ b));
        expected.len() == header.len() && differing == 0
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(..)")
    }
}
