//! The rows of `docs/verdicts.md` whose worlds can be served: what python-tuf and tuf-js answer is what the table says.
//!
//! Every measurement is a test of its own: `<row>/<client>`. Ours is measured as well, through the component and HTTP.

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use tuf_oracle_tests::verdicts::{ask, skipped};
use tuf_oracle_tests::{Implementation, Peer};
use tuf_tests::verdicts::{Answer, Case, Row, World, sections};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let rows: Vec<Arc<Row>> = sections()
        .into_iter()
        .flat_map(|section| section.rows)
        .filter(Row::is_measured)
        .map(Arc::new)
        .collect();
    let mut trials = Vec::new();
    let peers = [
        (0, "python", Peer::python().map(Implementation::Python)),
        (1, "node", Peer::node().map(Implementation::Node)),
    ];
    for (column, name, peer) in peers {
        match peer {
            Ok(peer) => {
                let peer = Arc::new(peer);
                trials.extend(rows.iter().map(|row| measurement(row, &peer, row.peers[column])));
            }
            Err(reason) => trials.push(skipped(name, &format!("{} measurements: {reason:#}", rows.len()))),
        }
    }
    let ours = Arc::new(Implementation::ours());
    // A reason for not finding a target that the peers do not have is no answer to be compared.
    let comparable = rows.iter().filter(|row| !row.ours().starts_with("not found"));
    trials.extend(comparable.map(|row| agreement(row, &ours)));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The client answers as the table says.
fn measurement(row: &Arc<Row>, client: &Arc<Implementation>, written: Answer) -> Trial {
    let (row, client) = (Arc::clone(row), Arc::clone(client));
    Trial::test(format!("{}/{}", row.name, client.name()), move || {
        let answers = answers(&row, &client)?;
        let measured = Answer::to_all(&answers);
        if measured == written {
            return Ok(());
        }
        Err(format!("the table says {}, {} answers {answers:?}", written.word(), client.name()).into())
    })
}

/// Our own client answers each world as the world says.
fn agreement(row: &Arc<Row>, ours: &Arc<Implementation>) -> Trial {
    let (row, ours) = (Arc::clone(row), Arc::clone(ours));
    Trial::test(format!("{}/ours", row.name), move || {
        let answers = answers(&row, &ours)?;
        let Case::Worlds(worlds) = &row.case else { return Err("no worlds".into()) };
        let expected: Vec<Answer> = worlds().iter().map(World::peer_answer).collect();
        if answers == expected {
            return Ok(());
        }
        Err(format!("expected {expected:?}, the component answers {answers:?}").into())
    })
}

fn answers(row: &Row, client: &Implementation) -> Result<Vec<Answer>, Failed> {
    let Case::Worlds(worlds) = &row.case else { return Err("no worlds".into()) };
    let answers: anyhow::Result<Vec<Answer>> = worlds().iter().map(|world| ask(client, world)).collect();
    answers.map_err(|error| format!("{error:#}").into())
}
