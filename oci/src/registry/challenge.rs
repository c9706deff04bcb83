//! How a registry asks for authentication (RFC 9110, section 11.6.1; RFC 6750, section 3).

use ureq::http::HeaderMap;
use ureq::http::header::WWW_AUTHENTICATE;

/// A way of authentication that is understood here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// User name and password with every request (RFC 7617).
    Basic,
    /// A token, which the server at `realm` gives.
    Bearer {
        /// URL of the token server.
        realm: String,
        /// The registry's name there.
        service: Option<String>,
    },
}

/// The first challenge that is understood, `Bearer` before `Basic`.
pub(super) fn find(headers: &HeaderMap) -> Option<Challenge> {
    let all: Vec<Challenge> = headers
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(challenges)
        .filter_map(understood)
        .collect();
    let bearer = all.iter().find(|challenge| matches!(challenge, Challenge::Bearer { .. }));
    bearer.or(all.first()).cloned()
}

/// A scheme in lower case, with its parameters, whose names are in lower case too.
type Parsed = (String, Vec<(String, String)>);

fn understood((scheme, parameters): Parsed) -> Option<Challenge> {
    let parameter = |wanted: &str| {
        let mut values = parameters.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        // A parameter that is there twice has no meaning.
        values.next().filter(|_| values.next().is_none())
    };
    match scheme.as_str() {
        "basic" => Some(Challenge::Basic),
        "bearer" => Some(Challenge::Bearer { realm: parameter("realm")?, service: parameter("service") }),
        _ => None,
    }
}

/// The challenges of one header, until its text is none.
fn challenges(text: &str) -> Vec<Parsed> {
    let mut found: Vec<Parsed> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let Some((word, after)) = token(rest) else { return found };
        let after = after.trim_start_matches([' ', '\t']);
        match (after.strip_prefix('='), found.last_mut()) {
            (Some(after), Some((_, parameters))) => {
                let Some((value, after)) = value(after.trim_start_matches([' ', '\t'])) else { return found };
                parameters.push((word.to_ascii_lowercase(), value));
                rest = after;
            }
            (Some(_), None) => return found,
            (None, _) => {
                found.push((word.to_ascii_lowercase(), Vec::new()));
                rest = after;
            }
        }
    }
}

/// A token (RFC 9110, section 5.6.2), and what follows it.
fn token(text: &str) -> Option<(&str, &str)> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let end = text.find(|c| !is_token(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// A token or a quoted string, unescaped, and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        return token(text).map(|(value, rest)| (value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            plain => value.push(plain),
        }
    }
    None
}
