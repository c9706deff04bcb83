//! Values of the component's interface in JSON, by their types.

use serde_json::{Map, Value, json};
use wasmtime::component::{ResourceAny, Type, Val};

use crate::files::Bytes;

/// An argument. Panics where the JSON is of another form than the type.
pub(crate) fn from_json(kind: &Type, json: &Value, bytes: &Bytes) -> Val {
    let text = || json.as_str().unwrap_or_else(|| panic!("no text: {json}"));
    match kind {
        Type::String => Val::String(text().to_owned()),
        Type::Bool => Val::Bool(json.as_bool().unwrap_or_else(|| panic!("no truth value: {json}"))),
        Type::U16 => {
            let number = json.as_u64().and_then(|number| number.try_into().ok());
            Val::U16(number.unwrap_or_else(|| panic!("no number of 16 bits: {json}")))
        }
        Type::U32 => {
            let number = json.as_u64().and_then(|number| number.try_into().ok());
            Val::U32(number.unwrap_or_else(|| panic!("no number of 32 bits: {json}")))
        }
        Type::U64 => Val::U64(text().parse().expect("a number of 64 bits")),
        Type::S64 => Val::S64(text().parse().expect("a number of 64 bits")),
        Type::Enum(_) => Val::Enum(text().to_owned()),
        Type::Option(inner) if !json.is_null() => {
            Val::Option(Some(Box::new(from_json(&inner.ty(), json, bytes))))
        }
        Type::Option(_) => Val::Option(None),
        Type::List(list) if list.ty() == Type::U8 => {
            Val::List(bytes.of(text()).iter().map(|byte| Val::U8(*byte)).collect())
        }
        Type::List(list) => {
            let elements = json.as_array().unwrap_or_else(|| panic!("no array: {json}"));
            Val::List(elements.iter().map(|element| from_json(&list.ty(), element, bytes)).collect())
        }
        Type::Record(record) => {
            let field = |field: wasmtime::component::types::Field<'_>| {
                (field.name.to_owned(), from_json(&field.ty, &json[field.name], bytes))
            };
            Val::Record(record.fields().map(field).collect())
        }
        Type::Variant(variant) => {
            let tag = json["tag"].as_str().unwrap_or_else(|| panic!("no case: {json}"));
            let case = variant.cases().find(|case| case.name == tag);
            let kind = case.unwrap_or_else(|| panic!("no case {tag}")).ty;
            let value = kind.map(|kind| Box::new(from_json(&kind, &json["val"], bytes)));
            Val::Variant(tag.to_owned(), value)
        }
        other => panic!("no argument has this type: {other:?}"),
    }
}

/// A result. A resource becomes its number, and is kept.
pub(crate) fn to_json(kind: &Type, value: &Val, resources: &mut Vec<ResourceAny>) -> Value {
    match (kind, value) {
        (_, Val::Bool(truth)) => json!(truth),
        (_, Val::U32(number)) => json!(number),
        (_, Val::U64(number)) => json!(number.to_string()),
        (_, Val::S64(number)) => json!(number.to_string()),
        (_, Val::String(text) | Val::Enum(text)) => json!(text),
        (Type::Option(inner), Val::Option(Some(value))) => to_json(&inner.ty(), value, resources),
        (_, Val::Option(None)) => Value::Null,
        (Type::List(list), Val::List(elements)) if list.ty() == Type::U8 => json!(digest(elements)),
        (Type::List(list), Val::List(elements)) => {
            elements.iter().map(|element| to_json(&list.ty(), element, resources)).collect()
        }
        (Type::Record(record), Val::Record(values)) => {
            let fields = record.fields().zip(values);
            let fields =
                fields.map(|(field, (name, value))| (name.clone(), to_json(&field.ty, value, resources)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        (Type::Variant(variant), Val::Variant(tag, payload)) => {
            let kind = variant.cases().find(|case| case.name == tag).and_then(|case| case.ty);
            match kind.zip(payload.as_deref()) {
                Some((kind, value)) => json!({"tag": tag, "val": to_json(&kind, value, resources)}),
                None => json!({"tag": tag}),
            }
        }
        (Type::Result(result), Val::Result(outcome)) => {
            let (word, kind, value) = match outcome {
                Ok(value) => ("ok", result.ok(), value),
                Err(value) => ("err", result.err(), value),
            };
            let value = kind.zip(value.as_deref()).map(|(kind, value)| to_json(&kind, value, resources));
            json!({word: value})
        }
        (_, Val::Resource(resource)) => {
            resources.push(*resource);
            json!(resources.len() - 1)
        }
        (kind, value) => panic!("no result has this type: {kind:?}, {value:?}"),
    }
}

fn digest(bytes: &[Val]) -> String {
    let byte = |value: &Val| match value {
        Val::U8(byte) => *byte,
        other => panic!("no byte: {other:?}"),
    };
    tuf_tests::sha256(&bytes.iter().map(byte).collect::<Vec<_>>())
}
