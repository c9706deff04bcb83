//! Writes the conversions between the records of `wasm/wit` and objects of JavaScript.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use heck::{ToLowerCamelCase, ToSnakeCase, ToUpperCamelCase};
use wit_parser::{Resolve, TypeDefKind};

const CONTRACT: &str = "../wit";

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed={CONTRACT}");
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(CONTRACT)?;
    let types = resolve.packages[package].interfaces["types"];
    let mut code = String::new();
    for (name, id) in &resolve.interfaces[types].types {
        code += &conversions(name, &resolve.types[*id].kind)?;
    }
    let folder = std::env::var_os("OUT_DIR").context("cargo names no OUT_DIR")?;
    Ok(std::fs::write(Path::new(&folder).join("records.rs"), code)?)
}

/// `ToJs` and `FromJs` of one type.
fn conversions(name: &str, kind: &TypeDefKind) -> Result<String> {
    let (to, from) = match kind {
        TypeDefKind::Record(record) => {
            let fields: Vec<&str> = record.fields.iter().map(|field| &*field.name).collect();
            (record_to_js(&fields)?, record_from_js(&fields)?)
        }
        TypeDefKind::Variant(variant) => {
            let cases: Vec<_> = variant.cases.iter().map(|case| (&*case.name, case.ty.is_some())).collect();
            (variant_to_js(&cases)?, variant_from_js(&cases)?)
        }
        TypeDefKind::Enum(kind) => {
            let cases: Vec<&str> = kind.cases.iter().map(|case| &*case.name).collect();
            (enum_to_js(&cases)?, enum_from_js(&cases)?)
        }
        _ => bail!("{name} is no record, variant or enum"),
    };
    let name = name.to_upper_camel_case();
    Ok(format!(
        "impl ToJs for wit::{name} {{\nfn to_js(self) -> JsValue {{\n{to}}}\n}}\n\
         impl FromJs for wit::{name} {{\nfn from_js(value: &JsValue, name: &str) -> Result<Self, JsValue> {{\n{from}}}\n}}\n"
    ))
}

/// A record is a plain object with the names of its fields in camel case.
fn record_to_js(fields: &[&str]) -> Result<String> {
    let mut code = "let object = Record::new();\n".to_owned();
    for field in fields {
        let (snake, camel) = (field.to_snake_case(), field.to_lower_camel_case());
        writeln!(code, "object.set({camel:?}, self.{snake}.to_js());")?;
    }
    Ok(code + "object.into()\n")
}

fn record_from_js(fields: &[&str]) -> Result<String> {
    let mut code = "let object = record(value, name)?;\nOk(Self {\n".to_owned();
    for field in fields {
        let (snake, camel) = (field.to_snake_case(), field.to_lower_camel_case());
        writeln!(
            code,
            "{snake}: FromJs::from_js(&object.get({camel:?})?, &format!(\"{{name}}.{camel}\"))?,"
        )?;
    }
    Ok(code + "})\n")
}

/// A variant is an object with its case as `tag`, and with `val` if the case has a value.
fn variant_to_js(cases: &[(&str, bool)]) -> Result<String> {
    let mut code = "let object = Record::new();\nmatch self {\n".to_owned();
    for (case, has_value) in cases {
        let (pattern, value) = match has_value {
            true => ("(value)", "object.set(\"val\", value.to_js());"),
            false => ("", ""),
        };
        let camel = case.to_upper_camel_case();
        writeln!(code, "Self::{camel}{pattern} => {{ object.set(\"tag\", {case:?}.into()); {value} }}")?;
    }
    Ok(code + "}\nobject.into()\n")
}

fn variant_from_js(cases: &[(&str, bool)]) -> Result<String> {
    let mut code = "let object = record(value, name)?;\n\
                    let tag = String::from_js(&object.get(\"tag\")?, &format!(\"{name}.tag\"))?;\n\
                    match tag.as_str() {\n"
        .to_owned();
    for (case, has_value) in cases {
        let value = match has_value {
            true => "(FromJs::from_js(&object.get(\"val\")?, &format!(\"{name}.val\"))?)",
            false => "",
        };
        writeln!(code, "{case:?} => Ok(Self::{}{value}),", case.to_upper_camel_case())?;
    }
    let names: Vec<&str> = cases.iter().map(|(case, _)| *case).collect();
    writeln!(code, "_ => Err(wrong(&format!(\"{{name}}.tag\"), {:?})),", one_of(&names))?;
    Ok(code + "}\n")
}

/// An enum is the name of its case.
fn enum_to_js(cases: &[&str]) -> Result<String> {
    let mut code = "match self {\n".to_owned();
    for case in cases {
        writeln!(code, "Self::{} => {case:?},", case.to_upper_camel_case())?;
    }
    Ok(code + "}\n.into()\n")
}

fn enum_from_js(cases: &[&str]) -> Result<String> {
    let mut code = "match String::from_js(value, name)?.as_str() {\n".to_owned();
    for case in cases {
        writeln!(code, "{case:?} => Ok(Self::{}),", case.to_upper_camel_case())?;
    }
    writeln!(code, "_ => Err(wrong(name, {:?})),", one_of(cases))?;
    Ok(code + "}\n")
}

fn one_of(cases: &[&str]) -> String {
    format!("one of {}", cases.join(", "))
}
