//! From a type to a document: the conventions are those of `serde_json`, without what canonical JSON cannot hold.

use std::collections::BTreeMap;
use std::fmt;

use ::serde::ser::{
    self, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use crate::read::MAX_DEPTH;
use crate::{Error, Integer, Value};

/// The canonical form that TUF and in-toto sign, of a type that serde can write: [`to_value`], then [`Value::to_olpc`].
///
/// ```
/// use canonical_json::{Error, to_olpc};
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Role {
///     threshold: u32,
///     keyids: Vec<&'static str>,
/// }
///
/// let role = Role { threshold: 2, keyids: vec!["a1", "b2"] };
/// assert_eq!(to_olpc(&role)?, br#"{"keyids":["a1","b2"],"threshold":2}"#);
/// assert_eq!(to_olpc(&0.5), Err(Error::Unwritable { what: "a float".into() }));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
///
/// Those of [`to_value`].
pub fn to_olpc<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    Ok(to_value(value)?.to_olpc())
}

/// The document of a type that serde can write, with the conventions of `serde_json`.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use canonical_json::{Error, Value, to_value};
///
/// let spare = BTreeMap::from([("b", Some(1_u128 << 100)), ("a", None)]);
/// assert_eq!(to_value(&spare)?.to_json(), r#"{"a":null,"b":1267650600228229401496703205376}"#);
///
/// let numbered = BTreeMap::from([(1, "one")]);
/// let error = to_value(&numbered).unwrap_err();
/// assert_eq!(error.to_string(), "a member name that is not text cannot be written");
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
///
/// - [`Error::Unwritable`] for floats, bytes, what `serde_json` keeps as written for itself, a map whose keys are not text
///   or that has one twice, and more than 128 levels of arrays and objects.
/// - [`Error::Data`] if the type refuses to be written.
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, Error> {
    value.serialize(Builder { room: MAX_DEPTH })
}

/// Makes one value.
#[derive(Clone, Copy)]
struct Builder {
    /// The levels of arrays and objects that may still be opened.
    room: usize,
}

impl Builder {
    fn descend(self) -> Result<Self, Error> {
        match self.room.checked_sub(1) {
            Some(room) => Ok(Self { room }),
            None => Err(unwritable(format!("more than {MAX_DEPTH} levels"))),
        }
    }

    fn array(self) -> Result<Array, Error> {
        Ok(Array {
            items: Vec::new(),
            inside: self.descend()?,
        })
    }

    fn object(self) -> Result<Object, Error> {
        Ok(Object {
            members: BTreeMap::new(),
            name: String::new(),
            inside: self.descend()?,
        })
    }
}

fn unwritable(what: impl Into<String>) -> Error {
    Error::Unwritable { what: what.into() }
}

impl Serializer for Builder {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = Array;
    type SerializeTuple = Array;
    type SerializeTupleStruct = Array;
    type SerializeTupleVariant = Variant<Array>;
    type SerializeMap = Object;
    type SerializeStruct = Object;
    type SerializeStructVariant = Variant<Object>;

    fn serialize_bool(self, value: bool) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_i8(self, value: i8) -> Result<Value, Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<Value, Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<Value, Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_i128(self, value: i128) -> Result<Value, Error> {
        Ok(Integer::from(value).into())
    }

    fn serialize_u8(self, value: u8) -> Result<Value, Error> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<Value, Error> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<Value, Error> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_u128(self, value: u128) -> Result<Value, Error> {
        Ok(Integer::from(value).into())
    }

    fn serialize_f32(self, _value: f32) -> Result<Value, Error> {
        Err(unwritable("a float"))
    }

    fn serialize_f64(self, _value: f64) -> Result<Value, Error> {
        Err(unwritable("a float"))
    }

    fn serialize_char(self, value: char) -> Result<Value, Error> {
        Ok(value.to_string().into())
    }

    fn serialize_str(self, value: &str) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_bytes(self, _value: &[u8]) -> Result<Value, Error> {
        Err(unwritable("a string of bytes"))
    }

    fn serialize_none(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Value, Error> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        Ok(Value::object([(
            variant,
            value.serialize(self.descend()?)?,
        )]))
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Array, Error> {
        self.array()
    }

    fn serialize_tuple(self, _len: usize) -> Result<Array, Error> {
        self.array()
    }

    fn serialize_tuple_struct(self, _name: &'static str, _len: usize) -> Result<Array, Error> {
        self.array()
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Variant<Array>, Error> {
        let content = self.descend()?.array()?;
        Ok(Variant { variant, content })
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Object, Error> {
        self.object()
    }

    fn serialize_struct(self, name: &'static str, _len: usize) -> Result<Object, Error> {
        // With features that any crate of a build can turn on, serde_json has its numbers and raw texts pass as structs
        // that only it understands: anyone else would sign what nobody wrote.
        if name.starts_with("$serde_json::private::") {
            return Err(unwritable(
                "a number or text that serde_json keeps as written",
            ));
        }
        self.object()
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Variant<Object>, Error> {
        let content = self.descend()?.object()?;
        Ok(Variant { variant, content })
    }
}

struct Array {
    items: Vec<Value>,
    inside: Builder,
}

impl SerializeSeq for Array {
    type Ok = Value;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.items.push(value.serialize(self.inside)?);
        Ok(())
    }

    fn end(self) -> Result<Value, Error> {
        Ok(Value::Array(self.items))
    }
}

impl SerializeTuple for Array {
    type Ok = Value;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<Value, Error> {
        SerializeSeq::end(self)
    }
}

impl SerializeTupleStruct for Array {
    type Ok = Value;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<Value, Error> {
        SerializeSeq::end(self)
    }
}

struct Object {
    members: BTreeMap<String, Value>,
    /// The name of the value that comes next.
    name: String,
    inside: Builder,
}

impl Object {
    fn insert<T: Serialize + ?Sized>(&mut self, name: String, value: &T) -> Result<(), Error> {
        // What a struct flattens into itself may have a name that it has already.
        if self.members.contains_key(&name) {
            return Err(unwritable(format!("a second member {name:?}")));
        }
        self.members.insert(name, value.serialize(self.inside)?);
        Ok(())
    }
}

impl SerializeMap for Object {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        match key.serialize(self.inside)? {
            Value::String(name) => self.name = name,
            _ => return Err(unwritable("a member name that is not text")),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let name = std::mem::take(&mut self.name);
        self.insert(name, value)
    }

    fn end(self) -> Result<Value, Error> {
        Ok(Value::Object(self.members))
    }
}

impl SerializeStruct for Object {
    type Ok = Value;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.insert(name.into(), value)
    }

    fn end(self) -> Result<Value, Error> {
        SerializeMap::end(self)
    }
}

struct Variant<C> {
    variant: &'static str,
    content: C,
}

impl SerializeTupleVariant for Variant<Array> {
    type Ok = Value;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        SerializeSeq::serialize_element(&mut self.content, value)
    }

    fn end(self) -> Result<Value, Error> {
        let content = SerializeSeq::end(self.content)?;
        Ok(Value::object([(self.variant, content)]))
    }
}

impl SerializeStructVariant for Variant<Object> {
    type Ok = Value;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.content.insert(name.into(), value)
    }

    fn end(self) -> Result<Value, Error> {
        let content = SerializeMap::end(self.content)?;
        Ok(Value::object([(self.variant, content)]))
    }
}

impl ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::data(message)
    }
}

/// Into any format; integers beyond 128 bits, which serde does not know, are refused.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Integer(integer) => serialize_integer(integer.as_str(), serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(members) => serializer.collect_map(members),
        }
    }
}

fn serialize_integer<S: Serializer>(digits: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(integer) = digits.parse() {
        serializer.serialize_u64(integer)
    } else if let Ok(integer) = digits.parse() {
        serializer.serialize_i64(integer)
    } else if let Ok(integer) = digits.parse() {
        serializer.serialize_u128(integer)
    } else if let Ok(integer) = digits.parse() {
        serializer.serialize_i128(integer)
    } else {
        Err(ser::Error::custom("an integer of more than 128 bits"))
    }
}
