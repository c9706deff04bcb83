//! The terminal: words on stderr in cargo's look, JSON lines on stdout.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::advice::advice;
use crate::event::Event;
use crate::failure::Failure;
use crate::printable::printable;

/// Status words are right-aligned in a column of this width, as cargo's are.
const COLUMN: usize = 12;

/// How much is said on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// What cargo would say.
    Normal,
    /// Every metadata file and its fate.
    Verbose,
}

/// Who reads stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum MessageFormat {
    /// A person: stdout stays empty.
    Human,
    /// A program: one JSON object a line.
    Json,
}

/// When progress is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressWhen {
    /// On a terminal.
    Auto,
    /// Never.
    Never,
}

/// Where a command speaks. It is shared by threads.
#[derive(Clone, Debug)]
pub struct Shell {
    verbosity: Verbosity,
    format: MessageFormat,
    bar: ProgressBar,
    /// Whether the bar stands on the terminal.
    drawn: Arc<AtomicBool>,
}

impl Shell {
    /// A shell that draws a progress bar on a terminal only. Colours are set by `color`, or by `NO_COLOR` and whether
    /// stderr is a terminal.
    #[must_use]
    pub fn new(
        verbosity: Verbosity,
        format: MessageFormat,
        color: clap::ColorChoice,
        when: ProgressWhen,
    ) -> Self {
        match color {
            clap::ColorChoice::Always => anstream::ColorChoice::Always,
            clap::ColorChoice::Never => anstream::ColorChoice::Never,
            clap::ColorChoice::Auto => anstream::ColorChoice::Auto,
        }
        .write_global();
        let drawn = when == ProgressWhen::Auto && verbosity != Verbosity::Quiet && io::stderr().is_terminal();
        let target = if drawn { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { verbosity, format, bar: ProgressBar::with_draw_target(None, target), drawn: Arc::default() }
    }

    /// Who reads stdout.
    #[must_use]
    pub fn format(&self) -> MessageFormat {
        self.format
    }

    /// How much is said.
    #[must_use]
    pub fn verbosity(&self) -> Verbosity {
        self.verbosity
    }

    /// Says what is being done, in cargo's way: a green verb and the rest.
    pub fn status(&self, verb: &str, rest: impl Display) {
        if self.verbosity > Verbosity::Quiet {
            let style = AnsiColor::BrightGreen.on_default().bold();
            let rest = printable(&rest.to_string());
            self.line(format_args!("{style}{verb:>COLUMN$}{style:#} {rest}"));
        }
    }

    /// Says a detail that only `--verbose` asks for.
    pub fn detail(&self, verb: &str, rest: impl Display) {
        if self.verbosity == Verbosity::Verbose {
            self.status(verb, rest);
        }
    }

    /// Says what went differently without being a failure.
    pub fn warning(&self, text: impl Display) {
        if self.verbosity > Verbosity::Quiet {
            self.labelled("warning", AnsiColor::Yellow.on_default().bold(), text);
        }
    }

    /// Says why the command fails and what to do next: one line each.
    pub fn failure(&self, failure: &Failure) {
        self.clear();
        self.labelled("error", AnsiColor::BrightRed.on_default().bold(), failure.sentence());
        for advice in advice(failure) {
            self.labelled("help", AnsiColor::BrightCyan.on_default().bold(), advice);
        }
    }

    /// Prints the event as a JSON line where a program reads stdout.
    ///
    /// # Errors
    /// Nobody reads stdout any more.
    pub fn emit(&self, event: &Event) -> io::Result<()> {
        if self.format != MessageFormat::Json {
            return Ok(());
        }
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.above_the_bar(|| io::stdout().lock().write_all(&line))
    }

    /// Prints a line for a person who asked for results. Nothing where a program reads stdout.
    ///
    /// # Errors
    /// Nobody reads stdout any more.
    pub fn result(&self, line: impl Display) -> io::Result<()> {
        match self.format {
            MessageFormat::Json => Ok(()),
            MessageFormat::Human => self.above_the_bar(|| writeln!(anstream::stdout().lock(), "{line}")),
        }
    }

    /// Draws how far the work is: `done` of `total`, or that it goes on where there is no total.
    pub fn progress(&self, verb: &'static str, done: usize, total: Option<usize>, what: impl Display) {
        if self.bar.is_hidden() {
            return;
        }
        match total {
            Some(total) => {
                self.bar.set_style(style("{prefix:>12.cyan.bold} [{bar:25}] {pos}/{len}: {wide_msg}"));
                self.bar.set_length(total as u64);
                self.bar.set_position(done as u64);
            }
            None => self.bar.set_style(style("{prefix:>12.cyan.bold} {spinner} {wide_msg}")),
        }
        self.bar.set_prefix(verb);
        self.bar.set_message(printable(&what.to_string()));
        if !self.drawn.swap(true, Ordering::Relaxed) {
            self.bar.reset();
            self.bar.enable_steady_tick(Duration::from_millis(120));
        }
    }

    /// Takes the progress bar away, before another program writes to the terminal.
    pub fn clear(&self) {
        if self.drawn.swap(false, Ordering::Relaxed) {
            self.bar.disable_steady_tick();
            self.bar.finish_and_clear();
        }
    }

    fn labelled(&self, label: &str, style: Style, text: impl Display) {
        let text = printable(&text.to_string());
        self.line(format_args!("{style}{label}{style:#}: {text}"));
    }

    /// Nobody can be told that stderr is closed.
    fn line(&self, line: impl Display) {
        self.above_the_bar(|| {
            let _ = writeln!(anstream::stderr().lock(), "{line}");
        });
    }

    fn above_the_bar<T>(&self, write: impl FnOnce() -> T) -> T {
        if self.drawn.load(Ordering::Relaxed) { self.bar.suspend(write) } else { write() }
    }
}

/// The templates are constant, and a test draws them.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}
