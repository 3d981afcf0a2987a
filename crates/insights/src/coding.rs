//! Values of a field as small numbers, batch by batch: a dictionary is looked up once per distinct
//! value, so a row costs one read of a table.

use arrow::array::Array;
use perennial_engine::batch::{Batch, TextColumn};
use perennial_engine::error::EngineError;
use perennial_types::filter::Field;

use crate::grouping::{FieldReader, Interner};

/// Number of a row without a value.
pub const NO_VALUE: u32 = 0;

/// Turns the values of one field into numbers from 1 on.
#[derive(Debug)]
pub struct Coder {
    field: Field,
    values: Interner<String>,
    /// Numbers by code of the batch's dictionary.
    by_code: Vec<u32>,
    rows: Vec<u32>,
}

impl Coder {
    /// For a field.
    pub fn new(field: Field) -> Coder {
        Coder { field, values: Interner::default(), by_code: Vec::new(), rows: Vec::new() }
    }

    /// The field.
    pub fn field(&self) -> &Field {
        &self.field
    }

    /// The numbers of a batch's rows, [`NO_VALUE`] where there is none.
    pub fn read(&mut self, batch: &Batch) -> Result<&[u32], EngineError> {
        self.rows.clear();
        let values = &mut self.values;
        match FieldReader::new(&self.field, batch)? {
            FieldReader::Text(TextColumn::Dictionary(codes, names)) => {
                self.by_code.clear();
                self.by_code.extend(
                    names.iter().map(|name| name.map_or(NO_VALUE, |name| values.number(name) + 1)),
                );
                let by_code = &self.by_code;
                if codes.keys().null_count() == 0 {
                    let keys = codes.keys().values().iter();
                    self.rows.extend(keys.map(|code| by_code[*code as usize]));
                } else {
                    let keys = codes.keys().iter();
                    self.rows.extend(
                        keys.map(|code| code.map_or(NO_VALUE, |code| by_code[code as usize])),
                    );
                }
            }
            FieldReader::Text(TextColumn::Plain(texts)) => {
                let number =
                    |text: Option<&str>| text.map_or(NO_VALUE, |text| values.number(text) + 1);
                self.rows.extend(texts.iter().map(number));
            }
            other => {
                let number =
                    |row| other.text(row).map_or(NO_VALUE, |text| values.number(text.as_str()) + 1);
                self.rows.extend((0..batch.n_rows()).map(number));
            }
        }
        Ok(&self.rows)
    }

    /// The numbers of the batch read last.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The value of a number.
    pub fn value(&self, number: u32) -> Option<&str> {
        self.values.value(number.checked_sub(1)?).map(String::as_str)
    }

    /// How many values there are.
    pub fn n_values(&self) -> usize {
        self.values.values().len()
    }
}

/// Turns the values of several fields into one number per row.
#[derive(Debug, Default)]
pub struct TupleCoder {
    coders: Vec<Coder>,
    tuples: Interner<Vec<u32>>,
    one: Vec<u32>,
    rows: Vec<u32>,
}

impl TupleCoder {
    /// For these fields.
    pub fn new(fields: impl IntoIterator<Item = Field>) -> TupleCoder {
        TupleCoder { coders: fields.into_iter().map(Coder::new).collect(), ..TupleCoder::default() }
    }

    /// Numbers the rows of a batch.
    pub fn read(&mut self, batch: &Batch) -> Result<(), EngineError> {
        self.rows.clear();
        for coder in &mut self.coders {
            coder.read(batch)?;
        }
        match self.coders.as_slice() {
            [] => {}
            [only] => self.rows.extend_from_slice(only.rows()),
            several => {
                for row in 0..batch.n_rows() {
                    self.one.clear();
                    self.one.extend(several.iter().map(|coder| coder.rows()[row]));
                    self.rows.push(self.tuples.number(self.one.as_slice()));
                }
            }
        }
        Ok(())
    }

    /// The number of a row; 0 for every row where there is no field.
    pub fn number(&self, row: usize) -> u32 {
        self.rows.get(row).copied().unwrap_or(NO_VALUE)
    }

    /// The values of a number.
    pub fn values(&self, number: u32) -> Vec<Option<String>> {
        let value = |coder: &Coder, code: u32| coder.value(code).map(str::to_owned);
        match self.coders.as_slice() {
            [] => Vec::new(),
            [only] => vec![value(only, number)],
            several => {
                let codes = self.tuples.value(number).map(Vec::as_slice).unwrap_or_default();
                several.iter().zip(codes).map(|(coder, code)| value(coder, *code)).collect()
            }
        }
    }
}
