//! A sentence in English and in Chinese: whoever writes one writes the other beside it.

use std::fmt;

use serde::Serialize;

/// What is said of a file, in both languages. Displays as English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// English.
    pub en: String,
    /// 简体中文.
    pub zh: String,
}

impl<En: Into<String>, Zh: Into<String>> From<(En, Zh)> for Said {
    fn from((en, zh): (En, Zh)) -> Said {
        Said { en: en.into(), zh: zh.into() }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.en)
    }
}
