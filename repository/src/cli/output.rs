//! Results on standard output.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Write as _};

use crate::cli::failure::Failure;
use crate::cli::printable::{printable_json, printable_line};

thread_local! {
    /// The first error of standard output. Whoever prints goes on: what a command does is not left half done because of it.
    static ERROR: RefCell<Option<io::Error>> = const { RefCell::new(None) };
}

/// Prints a line, as `println!` does. It does not panic: [`finish`] tells what went wrong.
macro_rules! outln {
    ($($text:tt)*) => {
        $crate::cli::output::line(format_args!($($text)*))
    };
}
pub(crate) use outln;

/// Every line comes through here: others have a say in it, and none in what a terminal or the runner of a job does.
pub(crate) fn line(text: fmt::Arguments<'_>) {
    remember(writeln!(io::stdout(), "{}", printable_line(&text.to_string())));
}

/// Prints JSON of several lines.
pub(crate) fn json(text: &str) {
    remember(writeln!(io::stdout(), "{}", printable_json(text)));
}

/// Keeps an error of standard output for [`finish`].
pub(crate) fn remember(printed: io::Result<()>) {
    if let Err(error) = printed {
        ERROR.with_borrow_mut(|first| _ = first.get_or_insert(error));
    }
}

/// Writes what is left. A closed pipe is no error: whoever has read from it, such as `head`, has enough.
///
/// # Errors
/// Standard output could not be written, such as to a full disk.
pub(crate) fn finish() -> Result<(), Failure> {
    remember(io::stdout().flush());
    match ERROR.take() {
        Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("could not write to standard output: {error}"))
                .next("whatever the command does besides is done: look with `tufrepo status`"))
        }
        _ => Ok(()),
    }
}
