//! Finds out whether a store keeps concurrent publishers apart, before one trusts it.
//!
//! A store that ignores a condition, or checks it in another step than it writes in, loses updates without a word. What a
//! store says about itself does not help, so it is raced: many connections write one object at the same moment, and one of
//! them may win.

use std::sync::{Barrier, PoisonError};
use std::thread;

use super::error::{Property, StoreError};
use super::objects::{Bucket, Headers, When};
use crate::error::Error;
use crate::store::random_name;

/// What was tried, and what is left of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// Every property that was tried, in this order. The store has all of them.
    pub properties: Vec<Property>,
    /// How many connections wrote at the same time.
    pub racers: usize,
    /// How often each race was run.
    pub races: usize,
    /// Objects that could not be removed, by their names, and why: the credentials may not allow it.
    pub left: Vec<(String, StoreError)>,
}

/// Connections that write at the same time.
const RACERS: usize = 16;
/// How often. A store that lets more than one win did so in most of the races that were measured.
const RACES: usize = 8;
/// More than any object of an examination has.
const MOST_BYTES: u64 = 4096;

const HEADERS: Headers = Headers { cache_control: "no-store", content_type: "text/plain" };

/// Races a store. All of it happens below the folder `doctor-RANDOM` of the place, which is removed again.
///
/// # Errors
/// [`StoreError::Unsuitable`] with the first property that the store does not have; [`StoreError::Denied`];
/// [`StoreError::Failed`]. What was written is removed in each case, as far as the store lets it.
pub fn examine(bucket: &Bucket) -> Result<Examination, Error> {
    let mut trial = Trial::new(bucket)?;
    let properties = trial.run();
    let left = trial.clean_up();
    Ok(Examination { properties: properties?, racers: RACERS, races: RACES, left })
}

/// Checks the conditions one after the other, without a race: a store that ignores one is found in six requests.
///
/// # Errors
/// As for [`examine`].
pub(crate) fn check_conditions(bucket: &Bucket) -> Result<(), Error> {
    let mut trial = Trial::new(bucket)?;
    let checked = trial.check_conditions();
    let _left = trial.clean_up();
    Ok(checked?)
}

struct Trial<'b> {
    bucket: &'b Bucket,
    folder: String,
    written: Vec<String>,
}

impl<'b> Trial<'b> {
    fn new(bucket: &'b Bucket) -> Result<Self, Error> {
        let folder = format!("doctor-{}", random_name()?.to_string_lossy());
        Ok(Self { bucket, folder, written: Vec::new() })
    }

    fn run(&mut self) -> Result<Vec<Property>, StoreError> {
        self.check_conditions()?;
        for race in 0..RACES {
            self.race_to_create(race)?;
            self.race_to_replace(race)?;
        }
        Ok(vec![
            Property::ReadAfterWrite,
            Property::Etag,
            Property::CreateOnly,
            Property::CompareAndSwap,
            Property::CreateOnlyRaced,
            Property::CompareAndSwapRaced,
        ])
    }

    fn check_conditions(&mut self) -> Result<(), StoreError> {
        let name = self.object("one-by-one");
        let put = |bytes: &[u8], when: When| self.bucket.put(&name, bytes, when, HEADERS);
        let unsuitable = |property, found: &str| Err(self.unsuitable(property, found.to_owned()));
        let Some(first) = put(b"first", When::Absent)? else {
            return unsuitable(Property::CreateOnly, "an object that nobody has made is said to be there");
        };
        let read = self.read(&name, b"first")?;
        if read.e_tag.is_none() || first.e_tag.as_ref().is_some_and(|tag| Some(tag) != read.e_tag.as_ref()) {
            return unsuitable(
                Property::Etag,
                "writing and reading one object give different ETags, or none",
            );
        }
        if put(b"again", When::Absent)?.is_some() {
            return unsuitable(
                Property::CreateOnly,
                "`If-None-Match: *` is ignored: an object was created a second time",
            );
        }
        self.read(&name, b"first")?;
        if put(b"second", When::Still(read.clone()))?.is_none() {
            return unsuitable(
                Property::CompareAndSwap,
                "the ETag of the object that is there does not match",
            );
        }
        let second = self.read(&name, b"second")?;
        if second.e_tag == read.e_tag {
            return unsuitable(Property::Etag, "two contents have one ETag");
        }
        if put(b"third", When::Still(read))?.is_some() {
            return unsuitable(
                Property::CompareAndSwap,
                "`If-Match` is ignored: an object was replaced by somebody who had read an older one",
            );
        }
        self.read(&name, b"second").map(drop)
    }

    /// Reads what was just written.
    fn read(&self, name: &str, expected: &[u8]) -> Result<object_store::UpdateVersion, StoreError> {
        match self.bucket.get(name, MOST_BYTES)? {
            Some(object) if object.bytes == expected => Ok(object.version),
            Some(_) => {
                Err(self.unsuitable(Property::ReadAfterWrite, "older or other bytes are read".to_owned()))
            }
            None => Err(self
                .unsuitable(Property::ReadAfterWrite, "an object that was written is not there".to_owned())),
        }
    }

    fn race_to_create(&mut self, race: usize) -> Result<(), StoreError> {
        let name = self.object(&format!("create-{race}"));
        let won = self.race(&name, |_| Ok(When::Absent))?;
        self.judge(&name, &won, Property::CreateOnlyRaced)
    }

    fn race_to_replace(&mut self, race: usize) -> Result<(), StoreError> {
        let name = self.object(&format!("replace-{race}"));
        self.bucket.put(&name, b"before", When::Absent, HEADERS)?;
        let before = self.read(&name, b"before")?;
        let won = self.race(&name, |_| Ok(When::Still(before.clone())))?;
        self.judge(&name, &won, Property::CompareAndSwapRaced)
    }

    /// Lets every connection write at the same moment. Gives the contents that were accepted.
    fn race(
        &self,
        name: &str,
        when: impl Fn(usize) -> Result<When, StoreError> + Sync,
    ) -> Result<Vec<String>, StoreError> {
        let barrier = &Barrier::new(RACERS);
        let won = std::sync::Mutex::new(Vec::new());
        let run = |racer: usize| -> Result<(), StoreError> {
            // A connection of its own: the store is to see all of them at once.
            let bucket = self.bucket.for_another_thread();
            barrier.wait();
            let content = format!("racer {racer}");
            if bucket?.put(name, content.as_bytes(), when(racer)?, HEADERS)?.is_some() {
                won.lock().unwrap_or_else(PoisonError::into_inner).push(content);
            }
            Ok(())
        };
        let results: Vec<Result<(), StoreError>> = thread::scope(|scope| {
            let run = &run;
            let racers: Vec<_> = (0..RACERS).map(|racer| scope.spawn(move || run(racer))).collect();
            racers.into_iter().map(|racer| racer.join().unwrap_or_else(|_| Err(self.broken()))).collect()
        });
        results.into_iter().collect::<Result<(), StoreError>>()?;
        Ok(won.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn judge(&self, name: &str, won: &[String], property: Property) -> Result<(), StoreError> {
        let [winner] = won else {
            let (count, all) = (won.len(), RACERS);
            return Err(
                self.unsuitable(property, format!("{count} of {all} that wrote at the same time won"))
            );
        };
        self.read(name, winner.as_bytes()).map(drop)
    }

    fn object(&mut self, name: &str) -> String {
        let name = format!("{}/{name}", self.folder);
        self.written.push(name.clone());
        name
    }

    fn clean_up(&self) -> Vec<(String, StoreError)> {
        let remove = |name: &String| Some((name.clone(), self.bucket.delete(name).err()?));
        self.written.iter().filter_map(remove).collect()
    }

    fn unsuitable(&self, property: Property, found: String) -> StoreError {
        StoreError::Unsuitable { location: self.bucket.url().to_owned(), property, found }
    }

    fn broken(&self) -> StoreError {
        let (location, reason) = (self.bucket.url().to_owned(), "a connection broke off".to_owned());
        StoreError::Failed { action: "race", location, reason }
    }
}
