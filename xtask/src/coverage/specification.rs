//! Chapters 4 and 5 of the specification, as places and the sentences that demand something.

use super::Demand;

/// What chapters 4 and 5 demand.
#[derive(Clone, Debug, Default)]
pub struct Specification {
    /// Numbered steps of chapter 5, and sections.
    steps: Vec<String>,
    sections: Vec<String>,
    /// Sentences with MUST, SHALL or REQUIRED, each with its place.
    sentences: Vec<(String, String)>,
}

impl Specification {
    /// The specification's Markdown becomes places and sentences.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut reader = Reader::default();
        for line in text.lines() {
            reader.take(line);
        }
        reader.end_block();
        reader.found
    }

    /// Steps and sentences without a demand, and demands without a place or a sentence.
    #[must_use]
    pub fn differences(&self, demands: &[Demand]) -> Vec<String> {
        let at = |place: &str| demands.iter().filter(|demand| demand.place() == place).collect::<Vec<_>>();
        let begins = |sentence: &str, demand: &Demand| {
            demand.words.as_ref().is_some_and(|words| sentence.starts_with(words.as_str()))
        };
        let steps = self.steps.iter().filter(|step| at(step).is_empty());
        let mut differences: Vec<String> = steps.map(|step| format!("step {step} has no demand")).collect();
        for (place, sentence) in &self.sentences {
            if !at(place).iter().any(|demand| begins(sentence, demand)) {
                differences.push(format!("{place} has no demand for: {sentence}"));
            }
        }
        for demand in demands {
            let place = demand.place();
            let here = |(other, sentence): &(String, String)| other == place && begins(sentence, demand);
            let known = self.steps.iter().chain(&self.sections).any(|other| other == place);
            if !known || demand.words.is_some() && !self.sentences.iter().any(here) {
                differences.push(format!("{}: the specification has no such place or sentence", demand.id));
            }
        }
        differences
    }
}

/// Where the reader is.
#[derive(Default)]
struct Reader {
    found: Specification,
    /// Numbers of the chapter, the section and the subsection.
    numbers: [u32; 3],
    /// Indentation and number of each open step.
    steps: Vec<(usize, String)>,
    block: String,
    /// What ends the example that is passed over.
    until: Option<&'static str>,
}

impl Reader {
    fn take(&mut self, line: &str) {
        if let Some(end) = self.until {
            if line.contains(end) {
                self.until = None;
            }
        } else if line.starts_with('#') {
            self.heading(line.bytes().take_while(|byte| *byte == b'#').count());
        } else if line.starts_with("<pre") {
            self.until = Some("</pre>");
        } else if line.starts_with("<div") {
            self.until = Some("</div>");
        } else if let Some((number, text)) = numbered(line).filter(|_| self.numbers[0] == 5) {
            self.step(line.len() - line.trim_start().len(), number, text);
        } else if line.trim().is_empty() || line.trim_start().starts_with(':') {
            self.end_block();
        } else {
            self.block.push(' ');
            self.block.push_str(line.trim());
        }
    }

    fn heading(&mut self, level: usize) {
        self.end_block();
        self.steps.clear();
        let Some(number) = self.numbers.get_mut(level - 1) else { return };
        *number += 1;
        self.numbers[level..].fill(0);
        if matches!(self.numbers[0], 4 | 5) {
            self.found.sections.push(self.place());
        }
    }

    fn step(&mut self, indentation: usize, number: &str, text: &str) {
        self.end_block();
        self.steps.retain(|(other, _)| *other < indentation);
        self.steps.push((indentation, number.to_owned()));
        self.found.steps.push(self.place());
        self.block.push_str(text);
    }

    fn place(&self) -> String {
        let sections = self.numbers.iter().take_while(|number| **number > 0).map(u32::to_string);
        sections.chain(self.steps.iter().map(|(_, number)| number.clone())).collect::<Vec<_>>().join(".")
    }

    fn end_block(&mut self) {
        let block = std::mem::take(&mut self.block);
        if matches!(self.numbers[0], 4 | 5) {
            let place = self.place();
            let sentences = sentences(&plain(&block)).into_iter().filter(|sentence| demands(sentence));
            self.found.sentences.extend(sentences.map(|sentence| (place.clone(), sentence)));
        }
    }
}

/// The number and the text of a line `  12. text`.
fn numbered(line: &str) -> Option<(&str, &str)> {
    let (number, text) = line.trim_start().split_once(". ")?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some((number, text))
}

/// Text without tags, with single blanks.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for (index, part) in text.split('<').enumerate() {
        plain.push_str(if index == 0 { part } else { part.split_once('>').map_or("", |(_, rest)| rest) });
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn sentences(text: &str) -> Vec<String> {
    let mut sentences = vec![String::new()];
    for word in text.split(' ') {
        let begins = word.starts_with(|first: char| first.is_ascii_uppercase() || "(*\"".contains(first));
        match sentences.last_mut() {
            Some(last) if last.ends_with(['.', '!', '?']) && begins => sentences.push(word.to_owned()),
            Some(last) if last.is_empty() => last.push_str(word),
            Some(last) => {
                last.push(' ');
                last.push_str(word);
            }
            None => {}
        }
    }
    sentences
}

fn demands(sentence: &str) -> bool {
    let words = sentence.split(|character: char| !character.is_alphanumeric());
    words.into_iter().any(|word| ["MUST", "must", "Must", "SHALL", "REQUIRED"].contains(&word))
}
