//! The faults.

use tuf_verifier_core::client::{Phase, TransportError, TransportKind};

use super::Row;
use super::trial::{Scene, Trial};
use crate::date::DAY;
use crate::network::{Fault, Server, failure};

/// More requests of one file than any client makes.
const ALWAYS: usize = 20;

/// The rows, by whose fault it is.
pub(super) fn sections() -> [(&'static str, Vec<Row>); 4] {
    [
        ("The mirror does not answer, or not in time", silent()),
        ("The mirror answers with something else", dishonest()),
        ("The mirror is cut off at every byte", cut_off()),
        ("The device", device()),
    ]
}

fn row(name: &'static str, what: &'static str, trials: fn(&Scene) -> Vec<Trial>) -> Row {
    Row { name, what, trials }
}

fn silent() -> Vec<Row> {
    vec![
        row("none", "nothing goes wrong", |scene| vec![scene.trial(scene.honest())]),
        row("unreachable", "no connection, ever", |scene| always(scene, TransportKind::Unreachable)),
        row("unreachable-once", "no connection for the first request of each file", |scene| {
            once(scene, &failure(TransportKind::Unreachable))
        }),
        row("no-answer", "each answer lets the time limit pass", |scene| {
            always(scene, TransportKind::Timeout(Phase::Response))
        }),
        row("untrusted-server", "no trusted TLS connection", |scene| always(scene, TransportKind::Tls)),
        row("slow", "each answer takes 3 s", |scene| vec![scene.trial(scene.honest().taking(3_000))]),
        row("too-slow", "less than the least speed of the host, always", |scene| {
            always(scene, TransportKind::TooSlow)
        }),
        row("error-500-once", "status 500 for the first request of each file", |scene| {
            once(scene, &failure(TransportKind::Status(500)))
        }),
        row("error-500", "status 500, always", |scene| always(scene, TransportKind::Status(500))),
        row("error-418", "a status that does not pass, always", |scene| {
            always(scene, TransportKind::Status(418))
        }),
        row("busy-5-s", "status 429 and `Retry-After: 5` for the first request of each file", |scene| {
            once(scene, &busy(5_000))
        }),
        row("busy-1-h", "status 429 and `Retry-After: 3600`", |scene| once(scene, &busy(3_600_000))),
        row("nothing-there", "there is no such file, whatever is asked for", |scene| {
            vec![scene.trial(Server { always: Some(Fault::Absent), ..scene.honest() })]
        }),
        row("no-target", "it has all metadata and no target", |scene| {
            let (path, _) = Scene::target();
            vec![scene.trial(lasting(scene.honest(), &path, &Fault::Absent))]
        }),
    ]
}

fn dishonest() -> Vec<Row> {
    vec![
        row("stale", "all files of version 2, which the device has", |scene| {
            scene.serving(&scene.published[1])
        }),
        row("rolled-back", "all files of version 1", |scene| scene.serving(&scene.published[0])),
        row(
            "leads-and-withholds",
            "root and timestamp of version 3, and no more; the honest mirror has only version 4",
            |scene| {
                let leading = scene.published[2].clone();
                scene.serving(&leading.withholding("3.snapshot.json").withholding("3.targets.json"))
            },
        ),
        row("withholds-the-root", "all but the newest root metadata", |scene| {
            scene.serving(&scene.published[3].clone().withholding("4.root.json"))
        }),
        row("forged-metadata", "signed bytes are changed, in one file", |scene| {
            let forged = |(name, _): (&str, _)| {
                scene.published[3].clone().tampering(name, "\"expires\": \"20", "\"expires\": \"21")
            };
            scene.kinds().map(forged).iter().flat_map(|files| scene.serving(files)).collect()
        }),
        row("another-file", "the timestamp in place of one file", |scene| {
            let passed_off =
                |(name, _): (&str, _)| scene.published[3].clone().passing_off("timestamp.json", name);
            let others =
                scene.kinds().into_iter().filter(|(name, _)| *name != "timestamp.json").map(passed_off);
            others.flat_map(|files| scene.serving(&files)).collect()
        }),
        row("portal", "a page of HTML, whatever is asked for", |scene| {
            let page = Fault::Serves(b"<html>Please log in</html>".to_vec());
            vec![scene.trial(Server { always: Some(page), ..scene.honest() })]
        }),
        row("endless-metadata", "one file never ends", |scene| {
            let endless = |(name, _): (&str, _)| scene.published[3].clone().endlessly(name);
            scene.kinds().map(endless).iter().flat_map(|files| scene.serving(files)).collect()
        }),
        row("forged-target", "a target of the same length", |scene| {
            let (_, bytes) = Scene::target();
            with_target(scene, vec![b'x'; bytes.len()])
        }),
        row("endless-target", "a target that does not end", |scene| with_target(scene, vec![b'x'; 4_096])),
    ]
}

fn cut_off() -> Vec<Row> {
    fn shortened(scene: &Scene, kind: usize) -> Vec<Trial> {
        let (name, bytes) = scene.kinds()[kind];
        let cut = |length: usize| lasting(scene.honest(), name, &Fault::Serves(bytes[..length].to_vec()));
        (0..bytes.len()).map(|length| scene.trial(cut(length))).collect()
    }
    vec![
        row("short-root", "an answer that ends early, always", |scene| shortened(scene, 0)),
        row("short-timestamp", "an answer that ends early, always", |scene| shortened(scene, 1)),
        row("short-snapshot", "an answer that ends early, always", |scene| shortened(scene, 2)),
        row("short-targets", "an answer that ends early, always", |scene| shortened(scene, 3)),
        row("short-delegated-role", "an answer that ends early, always", |scene| shortened(scene, 4)),
        row("short-target", "an answer that ends early, always", |scene| {
            let (_, bytes) = Scene::target();
            (0..bytes.len()).flat_map(|length| with_target(scene, bytes[..length].to_vec())).collect()
        }),
        row("broken-metadata", "the connection breaks, once in each kind of file", |scene| {
            let broken = Fault::Fails(failure(TransportKind::Read));
            scene.kinds().map(|(name, _)| scene.trial(scene.honest().with(name, broken.clone()))).to_vec()
        }),
        row("broken-target", "the connection breaks, once", |scene| breaking(scene, 1)),
        row("broken-target-always", "the connection breaks after as many further bytes, always", |scene| {
            breaking(scene, ALWAYS)
        }),
    ]
}

fn device() -> Vec<Row> {
    fn at(scene: &Scene, days: i64) -> Vec<Trial> {
        let mut trial = scene.trial(scene.honest());
        trial.device.now += days * DAY;
        vec![trial]
    }
    fn store(scene: &Scene, change: impl Fn(&mut Trial, &str)) -> Vec<Trial> {
        let change = |name: &str| {
            let mut trial = scene.trial(scene.honest());
            change(&mut trial, name);
            trial
        };
        ["timestamp.json", "snapshot.json", "targets.json", "team.json"].map(change).to_vec()
    }
    vec![
        row(
            "clock-jumps",
            "the clock that never goes back leaps 30 days while an answer is awaited",
            |scene| {
                let late = Fault::Late(30 * 86_400_000);
                vec![scene.trial(scene.honest().with("timestamp.json", late))]
            },
        ),
        row("ten-years-behind", "the time of day is ten years behind", |scene| at(scene, -3_650)),
        row("two-days-ahead", "the time of day is two days ahead: the timestamp has expired", |scene| {
            at(scene, 2)
        }),
        row("ten-years-ahead", "the time of day is ten years ahead: the root has expired", |scene| {
            at(scene, 3_650)
        }),
        row("out-of-order", "answers come in the reverse order", |scene| {
            vec![Trial { reorders: true, ..scene.trial(scene.honest()) }]
        }),
        row("empty-store", "the store has lost all files", |scene| {
            let mut trial = scene.trial(scene.honest());
            trial.device.store.clear();
            vec![trial]
        }),
        row("damaged-store", "other bytes in one file of the store", |scene| {
            store(scene, |trial, name| _ = trial.device.store.insert(name.to_owned(), b"{".to_vec()))
        }),
        row("unreadable-store", "one file of the store cannot be read", |scene| {
            store(scene, |trial, name| trial.unreadable = Some(name.to_owned()))
        }),
    ]
}

/// Every request fails.
fn always(scene: &Scene, kind: TransportKind) -> Vec<Trial> {
    vec![scene.trial(Server { always: Some(Fault::Fails(failure(kind))), ..scene.honest() })]
}

/// The first request of each file fails.
fn once(scene: &Scene, error: &TransportError) -> Vec<Trial> {
    let (target, _) = Scene::target();
    let asked = ["5.root.json", "3.root.json", "4.other.json", &target];
    let files = scene.kinds().into_iter().map(|(name, _)| name).chain(asked);
    let fail = |server: Server, name: &str| server.with(name, Fault::Fails(error.clone()));
    vec![scene.trial(files.fold(scene.honest(), fail))]
}

/// A server that asks to wait.
fn busy(milliseconds: u64) -> TransportError {
    TransportError { retry_after: Some(milliseconds), ..failure(TransportKind::Status(429)) }
}

/// A fault of one file that does not pass.
fn lasting(server: Server, name: &str, fault: &Fault) -> Server {
    (0..ALWAYS).fold(server, |server, _| server.with(name, fault.clone()))
}

/// A mirror whose target has these bytes.
fn with_target(scene: &Scene, bytes: Vec<u8>) -> Vec<Trial> {
    let (path, _) = Scene::target();
    vec![scene.trial(lasting(scene.honest(), &path, &Fault::Serves(bytes)))]
}

/// A target that breaks off so many times, after each number of bytes. Of a stream without a byte, a host says that it failed.
fn breaking(scene: &Scene, times: usize) -> Vec<Trial> {
    let (path, bytes) = Scene::target();
    let broken = |length: usize| {
        let fault = match length {
            0 => Fault::Fails(failure(TransportKind::Read)),
            _ => Fault::BreaksOff(u64::try_from(length).expect("a length"), TransportKind::Read),
        };
        (0..times).fold(scene.honest(), |server, _| server.with(&path, fault.clone()))
    };
    (0..bytes.len()).map(|length| scene.trial(broken(length))).collect()
}
