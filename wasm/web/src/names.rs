//! Names of Rust become names of JavaScript.

/// The name of a field in camel case: `max_length` becomes `maxLength`.
pub(crate) fn camel_case(field: &str) -> String {
    let mut words = field.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (initial, rest) = word.split_at(word.len().min(1));
        name + &initial.to_ascii_uppercase() + rest
    })
}

/// The name of a case in kebab case: `NotFound` becomes `not-found`.
pub(crate) fn kebab_case(case: &str) -> String {
    let mut name = String::new();
    for letter in case.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}
