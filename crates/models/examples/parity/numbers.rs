//! A CSV file of nothing but numbers, column by column.

use std::error::Error;

/// Columns with their names, in the order of the file.
pub struct Numbers {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
}

impl Numbers {
    /// Reads a file; an empty field is a missing number, NaN.
    pub fn read(path: &str) -> Result<Numbers, Box<dyn Error>> {
        let mut reader = csv::Reader::from_path(path)?;
        let names: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
        let mut columns = vec![Vec::new(); names.len()];
        for record in reader.records() {
            for (column, field) in columns.iter_mut().zip(&record?) {
                column.push(if field.is_empty() { f64::NAN } else { field.parse()? });
            }
        }
        Ok(Numbers { names, columns })
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Result<&[f64], Box<dyn Error>> {
        let at = self.names.iter().position(|other| other == name);
        let column = at.and_then(|at| self.columns.get(at)).map(Vec::as_slice);
        column.ok_or_else(|| format!("no column `{name}`").into())
    }

    /// A column of 0 and 1.
    pub fn flags(&self, name: &str) -> Result<Vec<bool>, Box<dyn Error>> {
        Ok(self.column(name)?.iter().map(|value| *value != 0.0).collect())
    }

    /// A column of whole numbers.
    pub fn whole(&self, name: &str) -> Result<Vec<u32>, Box<dyn Error>> {
        Ok(self.column(name)?.iter().map(|value| *value as u32).collect())
    }

    /// The columns but those named, with their names.
    pub fn but(&self, left_out: &[&str]) -> Vec<(&str, &[f64])> {
        let named =
            self.names.iter().map(String::as_str).zip(self.columns.iter().map(Vec::as_slice));
        named.filter(|(name, _)| !left_out.contains(name)).collect()
    }
}
