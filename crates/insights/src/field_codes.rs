//! Several fields of a batch as small numbers, with one reading of the properties for all of them.
//!
//! A row's properties are one JSON object; whoever wants its channel, country and category parses it
//! once, and not at all where none of the names stands in it.

use std::borrow::Cow;
use std::fmt;

use perennial_engine::batch::Batch;
use perennial_engine::error::EngineError;
use perennial_types::event::Column;
use perennial_types::filter::Field;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::coding::{Coder, NO_VALUE};
use crate::grouping::Interner;

/// The fields, and the values met so far.
#[derive(Debug, Default)]
pub struct FieldCodes {
    places: Vec<Place>,
    columns: Vec<Coder>,
    properties: Vec<Property>,
    names: Vec<String>,
    found: Vec<Option<String>>,
}

/// Where a field's numbers are kept.
#[derive(Clone, Copy, Debug)]
enum Place {
    Column(usize),
    Property(usize),
}

#[derive(Debug, Default)]
struct Property {
    values: Interner<String>,
    rows: Vec<u32>,
}

impl FieldCodes {
    /// For these fields, known from here on by their position.
    pub fn new(fields: impl IntoIterator<Item = Field>) -> FieldCodes {
        let mut codes = FieldCodes::default();
        for field in fields {
            if let Field::Property(name) = field {
                codes.places.push(Place::Property(codes.properties.len()));
                codes.names.push(name);
                codes.properties.push(Property::default());
            } else {
                codes.places.push(Place::Column(codes.columns.len()));
                codes.columns.push(Coder::new(field));
            }
        }
        codes.found.resize(codes.names.len(), None);
        codes
    }

    /// Numbers the rows of a batch.
    pub fn read(&mut self, batch: &Batch) -> Result<(), EngineError> {
        for column in &mut self.columns {
            column.read(batch)?;
        }
        if self.names.is_empty() {
            return Ok(());
        }
        for property in &mut self.properties {
            property.rows.clear();
            property.rows.resize(batch.n_rows(), NO_VALUE);
        }
        let objects = batch.text(Column::Properties)?;
        // A name with an escape is written otherwise inside the object than it is asked for.
        let is_plain = |name: &String| name.is_ascii() && !name.contains(['"', '\\']);
        let can_look = self.names.iter().all(is_plain);
        for row in 0..batch.n_rows() {
            let Some(object) = objects.get(row) else { continue };
            if can_look && !self.names.iter().any(|name| object.contains(name.as_str())) {
                continue;
            }
            pick(object, &self.names, &mut self.found);
            for (property, value) in self.properties.iter_mut().zip(&self.found) {
                if let Some(value) = value {
                    property.rows[row] = property.values.number(value.as_str()) + 1;
                }
            }
        }
        Ok(())
    }

    /// The numbers of the batch read last, [`NO_VALUE`] where a row has no value.
    pub fn rows(&self, position: usize) -> &[u32] {
        match self.places.get(position) {
            Some(Place::Column(at)) => self.columns[*at].rows(),
            Some(Place::Property(at)) => &self.properties[*at].rows,
            None => &[],
        }
    }

    /// The value of a number.
    pub fn value(&self, position: usize, number: u32) -> Option<&str> {
        match self.places.get(position)? {
            Place::Column(at) => self.columns.get(*at)?.value(number),
            Place::Property(at) => {
                let values = &self.properties.get(*at)?.values;
                values.value(number.checked_sub(1)?).map(String::as_str)
            }
        }
    }
}

/// The texts of some properties of an object: a JSON string as it is, anything else as its JSON;
/// `None` where a property is absent or null, and for all of them where the text is no object.
fn pick(object: &str, names: &[String], found: &mut [Option<String>]) {
    found.fill(None);
    let mut reader = serde_json::Deserializer::from_str(object);
    let is_read = Wanted { names, found: &mut *found }.deserialize(&mut reader).is_ok();
    if !is_read || reader.end().is_err() {
        found.fill(None);
    }
}

/// Reads an object, keeping the wanted values only.
struct Wanted<'a> {
    names: &'a [String],
    found: &'a mut [Option<String>],
}

#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> DeserializeSeed<'de> for Wanted<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Wanted<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object of properties")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
            if !self.names.iter().any(|name| *name == *key) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let text = match map.next_value::<Value>()? {
                Value::Null => None,
                Value::String(text) => Some(text),
                other => Some(other.to_string()),
            };
            // One property may be wanted as two fields.
            let own = self.names.iter().zip(&mut *self.found).filter(|(name, _)| **name == *key);
            own.for_each(|(_, found)| found.clone_from(&text));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use perennial_testkit::{batch, world};
    use perennial_types::filter::property_text;

    use super::*;

    #[test]
    fn one_reading_says_of_every_name_what_a_reading_each_does() {
        let names = ["channel", "n", "a\"b", "channel"].map(str::to_owned);
        for object in [
            "{}",
            "null",
            "[1]",
            "no object",
            r#"{"channel":"web""#,
            r#"{"channel":"web"} x"#,
            r#"{"channel":"web","n":3}"#,
            r#"{"n":1.50,"deep":{"channel":"no"},"channel":null}"#,
            r#"{"a\"b":"escaped","n":[1,2],"channel":"\u00e9"}"#,
            r#"{"n":1,"n":true}"#,
        ] {
            let mut found = vec![Some("before".to_owned()); 4];
            pick(object, &names, &mut found);
            let each = |name: &String| property_text(object, name).map(|text| text.into_owned());
            assert_eq!(found, names.iter().map(each).collect::<Vec<_>>(), "{object}");
        }
    }

    #[test]
    fn columns_and_properties_are_numbered_alike() {
        let shop = world(
            "anna 2024-01-01 view item=tea channel=web
             anna 2024-01-02 view channel=app
             anna 2024-01-03 view item=tea channel=web",
        );
        let rows = batch(0, &shop.sorted());
        let mut codes =
            FieldCodes::new([Field::Item, Field::named("channel"), Field::named("none")]);
        codes.read(&perennial_engine::batch::Batch::new(&rows)).unwrap();
        assert_eq!(
            (codes.rows(0), codes.rows(1), codes.rows(2)),
            (&[1, 0, 1][..], &[1, 2, 1][..], &[0; 3][..])
        );
        assert_eq!(
            (codes.value(0, 1), codes.value(1, 2), codes.value(2, 0)),
            (Some("tea"), Some("app"), None)
        );
    }
}
