//! Words for people on standard error, in cargo's look.

use std::cell::Cell;
use std::io::Write as _;

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use clap::ColorChoice;

use crate::cli::failure::Failure;
use crate::cli::printable::printable;

/// Words for people on standard error. Results go to standard output.
pub(crate) struct Shell {
    quiet: bool,
    color: anstream::ColorChoice,
    attention: Cell<u8>,
}

const GREEN: Style = AnsiColor::Green.on_default().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default().bold();

impl Shell {
    pub(crate) fn new(quiet: bool, color: ColorChoice) -> Self {
        let color = match color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        Self { quiet, color, attention: Cell::new(0) }
    }

    /// Says by the exit status that somebody has to see to something, though the command did what was asked.
    pub(crate) fn attention(&self, status: u8) {
        self.attention.set(status);
    }

    /// The exit status of a command that did what was asked.
    pub(crate) fn exit_status(&self) -> u8 {
        self.attention.get()
    }

    /// Whether only errors are wanted.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether standard output may be coloured.
    pub(crate) fn color(&self) -> anstream::ColorChoice {
        self.color
    }

    /// A verb, right-aligned in 12 columns, and what it is done to.
    pub(crate) fn status(&self, verb: &str, what: impl std::fmt::Display) {
        if !self.quiet {
            self.line(format_args!("{GREEN}{verb:>12}{GREEN:#}"), " ", what);
        }
    }

    /// What to do next, after a success.
    pub(crate) fn note(&self, what: impl std::fmt::Display) {
        if !self.quiet {
            self.line(format_args!("{CYAN}note{CYAN:#}"), ": ", what);
        }
    }

    pub(crate) fn warning(&self, what: impl std::fmt::Display) {
        self.line(format_args!("{YELLOW}warning{YELLOW:#}"), ": ", what);
    }

    pub(crate) fn failure(&self, failure: &Failure) {
        self.line(format_args!("{RED}error{RED:#}"), ": ", &failure.message);
        for excerpt in &failure.excerpt {
            self.line(format_args!("     "), "", excerpt);
        }
        if let Some(next) = &failure.next {
            self.line(format_args!("{CYAN} help{CYAN:#}"), ": ", next);
        }
    }

    /// Everything that is said comes through here: others have a say in the text, and none in what the terminal does.
    fn line(&self, label: std::fmt::Arguments<'_>, between: &str, text: impl std::fmt::Display) {
        let text = printable(&text.to_string());
        // Nobody is left to tell where standard error is closed.
        let _closed = writeln!(AutoStream::new(std::io::stderr(), self.color), "{label}{between}{text}");
    }
}
