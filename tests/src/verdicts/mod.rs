//! The inputs on which TUF clients part ways, each a [`Row`] with our verdict beside the peers'.
//!
//! A row is a test of its name (`tests/verdicts`), a line of `docs/verdicts.md` ([`document`]), and where a world can
//! be served, a question that the oracle puts to python-tuf and tuf-js as well.

mod answers;
mod asking;
mod delegations;
mod document;
mod expiry;
mod floors;
mod judged;
mod keys;
mod limits;
mod numbers;
mod patterns;
mod reading;
mod roots;
mod row;
mod schemes;
mod signed;
mod store;
mod thresholds;
mod transport;
mod users;
mod world;

pub use document::document;
pub use row::{Answer, Case, PEERS, Row, Section, Worlds};
pub use world::{End, World};

/// Every row, by section.
#[must_use]
pub fn sections() -> Vec<Section> {
    vec![
        reading::section(),
        numbers::section(),
        expiry::section(),
        keys::section(),
        schemes::section(),
        thresholds::section(),
        roots::section(),
        delegations::section(),
        patterns::section(),
        answers::section(),
        limits::section(),
        transport::section(),
        store::section(),
        asking::section(),
        users::section(),
    ]
}
