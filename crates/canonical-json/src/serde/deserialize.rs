//! From a document to a type: the conventions are those of `serde_json`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use ::serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess,
    SeqAccess, VariantAccess, Visitor,
};
use ::serde::forward_to_deserialize_any;

use crate::document::{Items, Members};
use crate::{Error, Integer, Kind, Node, Value};

impl<'d> Node<'d> {
    /// Reads the value as a type that serde can read, with the conventions of `serde_json`. Text without escapes can be
    /// borrowed; what the type ignores is not looked at.
    ///
    /// ```
    /// use canonical_json::{Document, Error};
    /// use serde::Deserialize;
    ///
    /// #[derive(Debug, Deserialize, PartialEq)]
    /// struct Role<'a> {
    ///     name: &'a str,
    ///     threshold: u32,
    /// }
    ///
    /// let document = Document::read(br#"{"roles": [{"name": "root", "threshold": 2}, {"name": "snapshot"}]}"#)?;
    /// let mut roles = document.root().require("roles")?.items()?;
    /// let first: Role<'_> = roles.next().unwrap().deserialize()?;
    /// assert_eq!(first, Role { name: "root", threshold: 2 });
    ///
    /// let second = roles.next().unwrap().deserialize::<Role<'_>>();
    /// assert_eq!(
    ///     second.unwrap_err(),
    ///     Error::Data { message: "missing field `threshold`".into(), offset: Some(45) }
    /// );
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Type`] if the value cannot be what was asked for, [`Error::Data`] if the type says so. Integers end at
    /// 128 bits, as serde's do, and at 64 in what serde keeps aside until it knows the type (flattened, untagged or tagged
    /// parts), where `serde_json` has floats; [`Node::to_value`] has them all.
    pub fn deserialize<T: Deserialize<'d>>(&self) -> Result<T, Error> {
        T::deserialize(*self).map_err(|error| error.at(self.offset()))
    }
}

/// Every error has the offset of the innermost value it is about; one about a member name that of the member's value.
impl<'d> Deserializer<'d> for Node<'d> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'d>>(self, visitor: V) -> Result<V::Value, Error> {
        let value = match self.kind() {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool => visitor.visit_bool(self.as_bool()?),
            Kind::Integer => visit_integer(self.as_digits()?, self, visitor),
            Kind::String => visit_text(self.as_str()?, visitor),
            Kind::Array => {
                let mut elements = Elements(self.items()?);
                let value = visitor.visit_seq(&mut elements);
                match (value, elements.0.next()) {
                    (Ok(_), Some(extra)) => Err(extra.error("the end of the array")),
                    (value, _) => value,
                }
            }
            Kind::Object => {
                let mut pairs = Pairs {
                    members: self.members()?,
                    value: None,
                };
                let value = visitor.visit_map(&mut pairs);
                match (value, pairs.members.next()) {
                    (Ok(_), Some((_, extra))) => Err(extra.error("the end of the object")),
                    (value, _) => value,
                }
            }
        };
        value.map_err(|error| error.at(self.offset()))
    }

    fn deserialize_option<V: Visitor<'d>>(self, visitor: V) -> Result<V::Value, Error> {
        let value = if self.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        };
        value.map_err(|error| error.at(self.offset()))
    }

    fn deserialize_newtype_struct<V: Visitor<'d>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let value = visitor.visit_newtype_struct(self);
        value.map_err(|error| error.at(self.offset()))
    }

    fn deserialize_enum<V: Visitor<'d>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let value = match self.kind() {
            Kind::String => visitor.visit_enum(self.as_str()?.into_deserializer()),
            Kind::Object => {
                let mut members = self.members()?;
                match (members.next(), members.next()) {
                    (Some((name, content)), None) => visitor.visit_enum(Name { name, content }),
                    _ => Err(self.error("an object with one member, named as a variant")),
                }
            }
            _ => Err(self.error("the name of a variant, or an object with one as its member")),
        };
        value.map_err(|error| error.at(self.offset()))
    }

    /// The tag of an enum, which serde would also take as the number of a variant: one document, two meanings.
    fn deserialize_identifier<V: Visitor<'d>>(self, visitor: V) -> Result<V::Value, Error> {
        self.of_kind(Kind::String, "the name of a variant")?;
        self.deserialize_any(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'d>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        <V: Visitor<'d>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct
    }
}

impl<'d> IntoDeserializer<'d, Error> for Node<'d> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

fn visit_integer<'d, V: Visitor<'d>>(
    digits: &str,
    node: Node<'d>,
    visitor: V,
) -> Result<V::Value, Error> {
    if let Ok(integer) = digits.parse() {
        visitor.visit_u64(integer)
    } else if let Ok(integer) = digits.parse() {
        visitor.visit_i64(integer)
    } else if let Ok(integer) = digits.parse() {
        visitor.visit_u128(integer)
    } else if let Ok(integer) = digits.parse() {
        visitor.visit_i128(integer)
    } else {
        Err(node.error("an integer of at most 128 bits"))
    }
}

fn visit_text<'d, V: Visitor<'d>>(text: Cow<'d, str>, visitor: V) -> Result<V::Value, Error> {
    match text {
        Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
        Cow::Owned(text) => visitor.visit_string(text),
    }
}

struct Elements<'d>(Items<'d>);

impl<'d> SeqAccess<'d> for Elements<'d> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'d>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let item = self.0.next();
        item.map(|item| read(item, seed)).transpose()
    }
}

struct Pairs<'d> {
    members: Members<'d>,
    /// The value whose name was read last.
    value: Option<Node<'d>>,
}

impl<'d> MapAccess<'d> for Pairs<'d> {
    type Error = Error;

    fn next_key_seed<T: DeserializeSeed<'d>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some((name, content)) = self.members.next() else {
            return Ok(None);
        };
        self.value = Some(content);
        seed.deserialize(Name { name, content })
            .map(Some)
            .map_err(|error| error.at(content.offset()))
    }

    fn next_value_seed<T: DeserializeSeed<'d>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let value = self.value.take();
        let value =
            value.ok_or_else(|| de::Error::custom("a value was asked for before its name"))?;
        read(value, seed)
    }
}

fn read<'d, T: DeserializeSeed<'d>>(node: Node<'d>, seed: T) -> Result<T::Value, Error> {
    seed.deserialize(node)
        .map_err(|error| error.at(node.offset()))
}

/// A member, of which the name is read first: as the key of a map, which may be an integer or a truth value in
/// quotes, or as the name of a variant.
struct Name<'d> {
    name: Cow<'d, str>,
    content: Node<'d>,
}

impl<'d> Name<'d> {
    fn integer<V: Visitor<'d>>(self, visitor: V) -> Result<V::Value, Error> {
        let integer: Result<Integer, _> = self.name.parse();
        match integer {
            Ok(integer) => visit_integer(integer.as_str(), self.content, visitor),
            Err(_) => Err(self.content.error("an integer as the name of the value")),
        }
    }
}

macro_rules! integers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'d>>(self, visitor: V) -> Result<V::Value, Error> {
            self.integer(visitor)
        })*
    };
}

impl<'d> Deserializer<'d> for Name<'d> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'d>>(self, visitor: V) -> Result<V::Value, Error> {
        visit_text(self.name, visitor)
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'d>>(self, visitor: V) -> Result<V::Value, Error> {
        match &*self.name {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(self
                .content
                .error("`true` or `false` as the name of the value")),
        }
    }

    fn deserialize_option<V: Visitor<'d>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'d>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'d>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self.name.into_deserializer())
    }

    fn deserialize_ignored_any<V: Visitor<'d>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        <V: Visitor<'d>>
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
    }
}

impl<'d> EnumAccess<'d> for Name<'d> {
    type Error = Error;
    type Variant = Content<'d>;

    fn variant_seed<T: DeserializeSeed<'d>>(
        self,
        seed: T,
    ) -> Result<(T::Value, Content<'d>), Error> {
        let content = self.content;
        let variant = seed.deserialize(self);
        let variant = variant.map_err(|error| error.at(content.offset()))?;
        Ok((variant, Content(content)))
    }
}

/// What belongs to a variant.
struct Content<'d>(Node<'d>);

impl<'d> VariantAccess<'d> for Content<'d> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Deserialize::deserialize(self.0)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'d>>(self, seed: T) -> Result<T::Value, Error> {
        read(self.0, seed)
    }

    fn tuple_variant<V: Visitor<'d>>(self, _len: usize, visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'d>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_any(visitor)
    }
}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::data(message)
    }
}

/// From any format. What a document cannot hold is refused: floats, bytes, a member name that is there twice.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a truth value, an integer, text, an array or an object")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, content: D) -> Result<Value, D::Error> {
        Value::deserialize(content)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, content: D) -> Result<Value, D::Error> {
        Value::deserialize(content)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(truth.into())
    }

    fn visit_i64<E>(self, integer: i64) -> Result<Value, E> {
        Ok(integer.into())
    }

    fn visit_u64<E>(self, integer: u64) -> Result<Value, E> {
        Ok(integer.into())
    }

    fn visit_i128<E>(self, integer: i128) -> Result<Value, E> {
        Ok(Integer::from(integer).into())
    }

    fn visit_u128<E>(self, integer: u128) -> Result<Value, E> {
        Ok(Integer::from(integer).into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = BTreeMap::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(de::Error::custom(format_args!(
                    "member {name:?} appears a second time"
                )));
            }
            object.insert(name, members.next_value()?);
        }
        Ok(Value::Object(object))
    }
}
