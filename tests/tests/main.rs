//! The client workflow against the simulated world.
//!
//! `specification_5_N` holds a test for each numbered step of the section, named after it. The other files hold what
//! crosses the steps: attacks, the store, interruptions, and the corners of the formats.

mod attacks;
mod bins;
mod client;
mod compatible;
mod damage;
mod delegations;
mod floors;
mod fresh;
mod histories;
mod interruptions;
mod keys;
mod limits;
mod lines;
mod metadata;
mod misuse;
mod offline;
mod paths;
mod specification_5_2;
mod specification_5_3;
mod specification_5_3_end;
mod specification_5_4;
mod specification_5_5;
mod specification_5_6;
mod specification_5_6_7;
mod specification_5_7;
mod stages;
mod store;
mod tap_12;
mod tap_20;
mod tap_3;
mod tap_3_format;
mod tap_4;
mod tap_8;
mod tap_8_chain;
mod text;
mod unsupported;
