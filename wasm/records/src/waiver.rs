//! Waivers, from the core to the host.

use tuf_verifier_core::{Basis, Waived, Waiver};

use crate::wit;

pub(crate) fn to_wit(waiver: Waiver) -> wit::Waiver {
    let (code, message) = (waiver.code().to_owned(), waiver.to_string());
    wit::Waiver { code, message, check: waived(waiver.check), why: basis(waiver.why) }
}

fn waived(check: Waived) -> wit::Waived {
    match check {
        Waived::NewerRoot => wit::Waived::NewerRoot,
        Waived::NewerTimestamp => wit::Waived::NewerTimestamp,
        Waived::RootLimit => wit::Waived::RootLimit,
        Waived::DateForm { role } => wit::Waived::DateForm(role.into()),
        Waived::KeyForm { role, keyid } => {
            wit::Waived::KeyForm(wit::SigningKey { role: role.into(), keyid: keyid.into() })
        }
    }
}

fn basis(why: Basis) -> wit::Basis {
    match why {
        Basis::Offline => wit::Basis::Offline,
        Basis::Fresh { refreshed } => wit::Basis::Fresh(refreshed.0),
        Basis::Bundle => wit::Basis::Bundle,
        Basis::Limit { files } => wit::Basis::Limit(files),
        Basis::Compatible => wit::Basis::Compatible,
    }
}
