//! Values of Rust become values of JavaScript, and the other way round. The conversions of the records of `wasm/wit` are written by
//! `build.rs`.

use js_sys::{Array, JsString, TypeError, Uint8Array};
use tuf_verifier_records::wit;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

/// A value that JavaScript gets.
pub(crate) trait ToJs {
    /// The value in JavaScript.
    fn to_js(self) -> JsValue;
}

/// A value that comes from JavaScript.
pub(crate) trait FromJs: Sized {
    /// The value, or a `TypeError` that says what `name` must be.
    fn from_js(value: &JsValue, name: &str) -> Result<Self, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// A plain object.
    #[wasm_bindgen(js_name = Object)]
    pub(crate) type Record;

    #[wasm_bindgen(constructor, js_class = Object)]
    pub(crate) fn new() -> Record;

    #[wasm_bindgen(method, structural, indexing_setter)]
    pub(crate) fn set(this: &Record, name: &str, value: JsValue);

    #[wasm_bindgen(catch, method, structural, indexing_getter)]
    pub(crate) fn get(this: &Record, name: &str) -> Result<JsValue, JsValue>;
}

/// The `TypeError` that says what something must be.
pub(crate) fn wrong(name: &str, must_be: &str) -> JsValue {
    TypeError::new(&format!("{name} is {must_be}")).into()
}

/// The record that an object stands for.
pub(crate) fn record<'a>(value: &'a JsValue, name: &str) -> Result<&'a Record, JsValue> {
    if value.is_object() { Ok(value.unchecked_ref()) } else { Err(wrong(name, "an object")) }
}

macro_rules! as_they_are {
    ($($type:ty),*) => { $(
        impl ToJs for $type {
            fn to_js(self) -> JsValue {
                self.into()
            }
        }
    )* };
}

as_they_are!(bool, i64, String, u16, u32, u64);

impl ToJs for Vec<u8> {
    fn to_js(self) -> JsValue {
        Uint8Array::from(self.as_slice()).into()
    }
}

impl<T: ToJs> ToJs for Vec<T> {
    fn to_js(self) -> JsValue {
        self.into_iter().map(T::to_js).collect::<Array>().into()
    }
}

impl<T: ToJs> ToJs for Option<T> {
    fn to_js(self) -> JsValue {
        self.map_or(JsValue::UNDEFINED, T::to_js)
    }
}

impl FromJs for bool {
    fn from_js(value: &JsValue, name: &str) -> Result<Self, JsValue> {
        value.as_bool().ok_or_else(|| wrong(name, "a boolean"))
    }
}

impl FromJs for u64 {
    fn from_js(value: &JsValue, name: &str) -> Result<Self, JsValue> {
        Self::try_from(value.clone()).map_err(|_| wrong(name, "a bigint of 64 bits without a sign"))
    }
}

impl FromJs for i64 {
    fn from_js(value: &JsValue, name: &str) -> Result<Self, JsValue> {
        Self::try_from(value.clone()).map_err(|_| wrong(name, "a bigint of 64 bits with a sign"))
    }
}

impl FromJs for u32 {
    fn from_js(value: &JsValue, name: &str) -> Result<Self, JsValue> {
        let number = value.as_f64().filter(|number| number.fract() == 0.0);
        let number = number.filter(|number| (0.0..=f64::from(Self::MAX)).contains(number));
        // A whole number of this range is converted without loss.
        number.map(|number| number as Self).ok_or_else(|| wrong(name, "a whole number from 0 to 4294967295"))
    }
}

impl FromJs for u16 {
    fn from_js(value: &JsValue, name: &str) -> Result<Self, JsValue> {
        let number = u32::from_js(value, name).ok().and_then(|number| Self::try_from(number).ok());
        number.ok_or_else(|| wrong(name, "a whole number from 0 to 65535"))
    }
}

impl FromJs for String {
    /// A lone surrogate has no UTF-8: the text would become another one.
    fn from_js(value: &JsValue, name: &str) -> Result<Self, JsValue> {
        let text = value.dyn_ref::<JsString>().ok_or_else(|| wrong(name, "a string"))?;
        if text.is_valid_utf16() {
            Ok(text.into())
        } else {
            Err(TypeError::new(&format!("{name} has a lone surrogate")).into())
        }
    }
}

impl FromJs for Vec<u8> {
    fn from_js(value: &JsValue, name: &str) -> Result<Self, JsValue> {
        value.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec).ok_or_else(|| wrong(name, "a Uint8Array"))
    }
}

impl<T: FromJs> FromJs for Vec<T> {
    fn from_js(value: &JsValue, name: &str) -> Result<Self, JsValue> {
        let array = value.dyn_ref::<Array>().ok_or_else(|| wrong(name, "an array"))?;
        let element = |(index, value): (usize, JsValue)| T::from_js(&value, &format!("{name}[{index}]"));
        array.iter().enumerate().map(element).collect()
    }
}

impl<T: FromJs> FromJs for Option<T> {
    /// `null` is refused: what means "there is no such file" must be meant.
    fn from_js(value: &JsValue, name: &str) -> Result<Self, JsValue> {
        if value.is_undefined() { Ok(None) } else { T::from_js(value, name).map(Some) }
    }
}

include!(concat!(env!("OUT_DIR"), "/records.rs"));
