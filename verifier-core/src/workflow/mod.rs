//! The order of an update: requests, stages and the driver over them (specification, chapter 5).

mod cycle;
mod request;
mod settings;

pub use cycle::UpdateCycle;
pub use request::{Hash, NotFound, Notice, Report, Request, RoleState, Target};
pub use settings::Settings;
