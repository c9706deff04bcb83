//! The sources of one repository, in the order in which they are asked.

use std::cell::RefCell;

use crate::source::Source;

/// The mirrors of one repository. All are asked before a request fails; one that failed is asked last.
pub(crate) struct Mirrors {
    all: Vec<Listed>,
    order: RefCell<Order>,
}

/// One mirror.
#[derive(Clone, Copy)]
pub(crate) struct Mirror<'a> {
    /// As a person knows it: its location, or its place in the list.
    pub(crate) name: &'a str,
    pub(crate) source: &'a dyn Source,
    place: usize,
}

struct Listed {
    name: String,
    source: Box<dyn Source>,
}

struct Order {
    /// Places in the list, in the order in which they are asked.
    places: Vec<usize>,
    /// The place that has not led an attempt yet, and all after it.
    next_to_lead: usize,
    /// Whether the attempt under way depends on what some mirror sent.
    depends: bool,
}

impl Mirrors {
    /// No mirrors: whoever has none is offline.
    pub(crate) fn none() -> Self {
        let order = Order { places: Vec::new(), next_to_lead: 1, depends: false };
        Self { all: Vec::new(), order: RefCell::new(order) }
    }

    /// No mirrors but this one.
    pub(crate) fn new(source: Box<dyn Source>) -> Self {
        let mut mirrors = Self::none();
        mirrors.add(source);
        mirrors
    }

    /// Adds a mirror, which is asked after those that are there.
    pub(crate) fn add(&mut self, source: Box<dyn Source>) {
        let place = self.all.len();
        let name = source.location().unwrap_or_else(|| format!("mirror {}", place + 1));
        self.all.push(Listed { name, source });
        self.order.get_mut().places.push(place);
    }

    /// Whether there are none.
    pub(crate) fn are_none(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether none of them can be asked for anything newer than it has.
    pub(crate) fn are_bundles(&self) -> bool {
        self.all.iter().all(|listed| listed.source.is_bundle())
    }

    /// The mirrors in the order in which they are asked now.
    pub(crate) fn in_order(&self) -> Vec<Mirror<'_>> {
        let order = self.order.borrow();
        let listed = order.places.iter().filter_map(|place| Some((*place, self.all.get(*place)?)));
        listed.map(|(place, Listed { name, source })| Mirror { name, source: &**source, place }).collect()
    }

    /// Has this mirror asked last from now on.
    pub(crate) fn ask_last(&self, mirror: Mirror<'_>) {
        let places = &mut self.order.borrow_mut().places;
        places.retain(|place| *place != mirror.place);
        places.push(mirror.place);
    }

    /// Notes that what follows depends on what a mirror sent: another one could have sent something else.
    pub(crate) fn depend(&self) {
        self.order.borrow_mut().depends = true;
    }

    /// Prepares another attempt, led by a mirror that has not led one. `false` where another attempt cannot end
    /// otherwise: every mirror has led one, or each was asked for the same and none had it.
    pub(crate) fn lead_with_another(&self) -> bool {
        let order = &mut *self.order.borrow_mut();
        let leader = order.next_to_lead;
        if !order.depends || leader >= self.all.len() {
            return false;
        }
        order.depends = false;
        order.next_to_lead += 1;
        order.places.retain(|place| *place != leader);
        order.places.insert(0, leader);
        true
    }
}

impl PartialEq for Mirror<'_> {
    /// Whether it is the same mirror of the same list.
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
    }
}
