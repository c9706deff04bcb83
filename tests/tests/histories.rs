//! Random histories: a repository that moves, and a man in the middle who has kept everything that it ever served.

use tuf_tests::{Answer, Authority, Delegation, Device, Mirror, Repository};
use tuf_verifier_core::{Failure, Report};

const PATH: &str = "team/app";
const HISTORIES: u64 = 30;
const STEPS: u64 = 20;

/// Numbers that look random and are the same each time (xorshift64*).
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % sides
    }
}

/// A repository whose target says in its length which release it is of.
struct History {
    repository: Repository,
    served: Vec<Mirror>,
    releases: usize,
}

impl History {
    fn new(consistent: bool) -> Self {
        let mut repository = Repository::new();
        repository.consistent_snapshot = Some(consistent);
        repository.delegate("targets", Delegation::paths("team", &["team/*"]));
        repository.write_root();
        let mut history = Self { repository, served: Vec::new(), releases: 0 };
        history.release();
        history
    }

    fn release(&mut self) {
        self.releases += 1;
        self.repository.add_target("team", PATH, &vec![0; self.releases]);
        self.repository.role("team").header.version += 1;
        self.served.push(self.repository.release().mirror.clone());
    }

    /// One thing that an honest repository may do.
    fn move_on(&mut self, dice: &mut Dice) {
        match dice.roll(6) {
            role @ 0..=3 => {
                let role = ["root", "timestamp", "snapshot", "targets"][role];
                let label = format!("{role} of root {}", self.repository.root.version + 1);
                self.repository.rotate(role, Authority::one(&label)).next_root();
                self.release();
            }
            4 => {
                self.repository.timestamp.version += 1;
                self.served.push(self.repository.write_timestamp().mirror.clone());
            }
            _ => self.release(),
        }
    }

    /// Every file of any time, or not at all, or damaged.
    fn mixed(&self, dice: &mut Dice) -> Mirror {
        let mut mixed = self.served.last().unwrap().clone();
        for (name, newest) in &mut mixed.metadata {
            let kept: Vec<_> = self.served.iter().filter_map(|mirror| mirror.metadata.get(name)).collect();
            *newest = kept[dice.roll(kept.len())].clone();
            if dice.roll(12) == 0 {
                let place = dice.roll(newest.len());
                newest[place] ^= 1;
            }
        }
        mixed.metadata.retain(|_, _| dice.roll(12) > 0);
        mixed
    }
}

/// What a device trusts after a cycle and a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Trusted {
    versions: [u64; 4],
    release: u64,
}

fn update(device: &mut Device, mirror: &Mirror) -> Result<Trusted, Failure> {
    let mut drive = device.start()?;
    let Report { root, timestamp, snapshot, targets, .. } = drive.refresh(mirror)?;
    let versions = [root, timestamp, snapshot, targets].map(|state| state.version);
    match drive.find(mirror, PATH)? {
        Answer::Found(target) => Ok(Trusted { versions, release: target.length }),
        Answer::NotFound(reason) => panic!("{reason:?}"),
    }
}

#[test]
fn nobody_in_the_middle_turns_a_device_back_or_stops_it_for_ever() {
    let mut updates = 0;
    for seed in 1..=HISTORIES {
        let mut dice = Dice(seed);
        let mut history = History::new(seed % 2 == 0);
        let mut device = Device::new(&history.repository);
        let mut trusted = Trusted { versions: [0; 4], release: 0 };
        for _ in 0..STEPS {
            history.move_on(&mut dice);
            let Ok(now) = update(&mut device, &history.mixed(&mut dice)) else { continue };
            assert!(
                now.versions.iter().zip(trusted.versions).all(|(now, before)| *now >= before),
                "{seed}: {now:?}"
            );
            assert!(now.release >= trusted.release, "history {seed}: {now:?} after {trusted:?}");
            updates += usize::from(now != trusted);
            trusted = now;
        }
        let honest =
            update(&mut device, history.served.last().unwrap()).expect("the honest mirror is accepted");
        assert_eq!(honest.release, history.releases as u64);
    }
    assert!(updates > 20, "only {updates} updates: the histories show too little");
}
