//! A page that needs nothing but itself: no script, no font, no image, no network.

use super::{Block, Cell, Document, MOST_OF_CELL, MOST_OF_TEXT, Tone, shortened};

/// Nothing is loaded or run, whatever the text is: if an escape was forgotten, the browser still runs no script.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1c2024; --paper: #fff; --faint: #636b74; --line: #d5dade; --good: #116329;
  --notice: #7a4d00; --bad: #a40e26; --good-paper: #e6f4ea; --notice-paper: #fff4dc; --bad-paper: #ffe9ec; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --paper: #14171a; --faint: #9aa4ae; --line: #343a40;
  --good: #6fd58b; --notice: #f0c060; --bad: #ff8f9c; --good-paper: #12301c; --notice-paper: #35290c;
  --bad-paper: #3d1219; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.5rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; padding-bottom: .2rem; border-bottom: 1px solid var(--line); }
p { margin: .4rem 0; overflow-wrap: anywhere; }
.verdict { padding: .7rem 1rem; border-left: .3rem solid currentColor; border-radius: .2rem; font-weight: 600; }
.verdict.plain { border-color: var(--faint); background: color-mix(in srgb, var(--faint) 12%, transparent); }
.verdict.good { background: var(--good-paper); } .verdict.notice { background: var(--notice-paper); }
.verdict.bad { background: var(--bad-paper); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--faint); font-size: .85rem; }
th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top;
  overflow-wrap: break-word; }
ul { margin: .4rem 0; padding-left: 1.2rem; } li { margin: .2rem 0; overflow-wrap: anywhere; }
.faint { color: var(--faint); } .good { color: var(--good); } .notice { color: var(--notice); }
.bad { color: var(--bad); font-weight: 600; }
footer { margin-top: 3rem; color: var(--faint); font-size: .85rem; }
@media print { :root { color-scheme: light; } body { max-width: none; padding: 0; font-size: 10pt; }
  tr, li { break-inside: avoid; } h2 { break-after: avoid; } .scroll { overflow: visible; }
  th, td { overflow-wrap: anywhere; } }
";

/// The page of a document, in UTF-8.
pub(crate) fn page(document: &Document) -> String {
    let mut out = String::from("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n"));
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str("<meta name=\"referrer\" content=\"no-referrer\">\n");
    let title = escape(&document.title, MOST_OF_TEXT);
    out.push_str(&format!(
        "<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    ));
    let verdict = &document.verdict;
    out.push_str(&format!(
        "<p class=\"verdict {}\">{}</p>\n",
        class(verdict.tone),
        escape(&verdict.text, MOST_OF_TEXT)
    ));
    for section in &document.sections {
        out.push_str(&format!("<section>\n<h2>{}</h2>\n", escape(section.heading, MOST_OF_TEXT)));
        section.blocks.iter().for_each(|block| add(&mut out, block));
        out.push_str("</section>\n");
    }
    let version = env!("CARGO_PKG_VERSION");
    out.push_str(&format!(
        "<footer>Made by tufrepo {version}. Times are in UTC.</footer>\n</body>\n</html>\n"
    ));
    out
}

fn add(out: &mut String, block: &Block) {
    match block {
        Block::Text(cell) => {
            out.push_str(&format!("<p{}>{}</p>\n", attributes(cell), escape(&cell.text, MOST_OF_TEXT)))
        }
        Block::List(items) => {
            out.push_str("<ul>\n");
            for item in items {
                out.push_str(&format!("<li{}>{}</li>\n", attributes(item), escape(&item.text, MOST_OF_TEXT)));
            }
            out.push_str("</ul>\n");
        }
        Block::Table { head, rows } => {
            out.push_str("<div class=\"scroll\"><table>\n<thead><tr>");
            head.iter().for_each(|name| {
                out.push_str(&format!("<th scope=\"col\">{}</th>", escape(name, MOST_OF_CELL)))
            });
            out.push_str("</tr></thead>\n<tbody>\n");
            for row in rows {
                out.push_str("<tr>");
                for cell in row {
                    out.push_str(&format!(
                        "<td{}>{}</td>",
                        attributes(cell),
                        escape(&cell.text, MOST_OF_CELL)
                    ));
                }
                out.push_str("</tr>\n");
            }
            out.push_str("</tbody></table></div>\n");
        }
    }
}

fn attributes(cell: &Cell) -> String {
    let class = match cell.tone {
        Tone::Plain => String::new(),
        tone => format!(" class=\"{}\"", class(tone)),
    };
    match cell.depth {
        0 => class,
        depth => format!("{class} style=\"padding-left: {}rem\"", depth.min(20)),
    }
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Faint => "faint",
        Tone::Good => "good",
        Tone::Notice => "notice",
        Tone::Bad => "bad",
    }
}

/// Text as it may stand anywhere in the page: in an element or in a quoted attribute. What a terminal would obey, or what
/// turns the direction of writing, is shown as an escape here too. A page is as long as what a terminal gets, and no longer.
fn escape(text: &str, most: usize) -> String {
    let shown = shortened(text, most);
    let mut escaped = String::with_capacity(shown.len());
    for character in shown.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            plain => escaped.push(plain),
        }
    }
    escaped
}
