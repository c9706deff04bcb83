//! Locks a trusted store until standard input ends, so that no update changes it meanwhile: for a copy of its folder, and for
//! tests of programs that share a store.
//!
//! `lock_store FOLDER` prints `waiting` where another update holds the lock, and `locked` once it has it.

use std::error::Error;
use std::io::{self, Read};

use tuf_verifier_host::{FolderStore, Store};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("name the folder of a trusted store")?;
    let store = FolderStore::open(folder)?;
    let _lock = store.lock(&mut || println!("waiting"))?;
    println!("locked");
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
