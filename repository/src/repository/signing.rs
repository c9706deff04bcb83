//! Which private keys sign a document.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Error;
use crate::event::{Duty, signs};
use crate::key::{Signer, Signers};
use crate::metadata::{Metadata, Role, Signed, canonical};

/// Whether a document carries the valid signatures that each of `duties` demands, those of one key counted once, as clients
/// count them. A signature that is empty or bad may stand beside the valid ones: clients pass it over.
pub(crate) fn is_signed<M: Metadata>(document: &Signed<M>, duties: &[Duty]) -> bool {
    if duties.is_empty() {
        return true;
    }
    let Ok(bytes) = canonical(&document.signed) else { return false };
    duties.iter().all(|duty| {
        let signed = document.signatures.iter().filter(|signature| {
            let key = duty.keys.get(&signature.keyid);
            key.is_some_and(|key| signs(&signature.keyid, key, &bytes, &signature.sig).unwrap_or(false))
        });
        duty.count(signed.map(|signature| &signature.keyid)) >= duty.threshold
    })
}

/// Every private key at hand that one of `duties` trusts. A token that is not plugged in and an agent that does not run are as
/// keys that are not here: others may meet the threshold.
///
/// # Errors
/// Where a threshold cannot be met: why a signer is not there, or [`Error::MissingKeys`]. Whatever else a signer refuses with,
/// such as a wrong PIN.
pub(crate) fn signers_for(
    role: &str,
    duties: &[Role],
    signers: &dyn Signers,
) -> Result<Vec<Arc<dyn Signer>>, Error> {
    let mut keys = BTreeMap::new();
    let mut absent = None;
    for duty in duties {
        let mut missing = Vec::new();
        let mut available = 0;
        for keyid in &duty.keyids {
            match signers.signer(keyid) {
                Ok(Some(key)) => {
                    available += 1;
                    keys.insert(keyid.clone(), key);
                }
                Ok(None) => missing.push(keyid.clone()),
                Err(Error::Signer(error)) if error.problem.is_absence() => {
                    missing.push(keyid.clone());
                    absent.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        if (available as u64) < duty.threshold {
            let (role, needed) = (role.to_owned(), duty.threshold);
            return Err(match absent {
                Some(error) => Error::Signer(error),
                None => Error::MissingKeys { role, needed, available, missing },
            });
        }
    }
    Ok(keys.into_values().collect())
}
