//! The resource `update-cycle`.

use std::cell::RefCell;

use tuf_verifier_core::{UnixTime, UpdateCycle};
use tuf_verifier_records::{failure, request, settings, wit};

use crate::check::Check;

/// An update cycle. A component has one thread and its functions do not call back: the cell is never borrowed twice.
pub(crate) struct Cycle(RefCell<UpdateCycle>);

impl wit::GuestUpdateCycle for Cycle {
    fn start(
        trusted_root: Vec<u8>,
        now: i64,
        settings: wit::Settings,
    ) -> Result<wit::UpdateCycle, wit::Failure> {
        let now = UnixTime(now);
        let cycle =
            UpdateCycle::start(&trusted_root, now, settings::to_core(settings)).map_err(failure::to_wit)?;
        Ok(wit::UpdateCycle::new(Self(RefCell::new(cycle))))
    }

    fn next(&self) -> wit::Request {
        request::to_wit(self.0.borrow_mut().next())
    }

    fn offer(&self, bytes: Option<Vec<u8>>) -> Result<(), wit::Failure> {
        self.0.borrow_mut().offer(bytes).map_err(failure::to_wit)
    }

    fn find(&self, path: String) -> Result<(), wit::Failure> {
        self.0.borrow_mut().find(&path).map_err(failure::to_wit)
    }

    fn check(&self) -> Result<wit::TargetCheck, wit::Failure> {
        let check = self.0.borrow().check().map_err(failure::to_wit)?;
        Ok(wit::TargetCheck::new(Check::new(check)))
    }
}
