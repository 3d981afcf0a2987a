//! The errors of files in Chinese: what is wrong and how to mend it, for the page.
//!
//! Names, values and what a library says of a broken file stand as they are.

use super::error::SourceError;
use super::said::Said;

impl SourceError {
    /// What is wrong, in both languages.
    pub fn said(&self) -> Said {
        (self.to_string(), self.reason_in_chinese()).into()
    }

    /// How to mend it, in both languages.
    pub fn mend(&self) -> Said {
        (self.hint(), self.hint_in_chinese()).into()
    }

    fn reason_in_chinese(&self) -> String {
        match self {
            SourceError::Io { file, error } => format!("无法读取“{file}”：{error}"),
            SourceError::Empty { file } => format!("“{file}”没有数据行"),
            SourceError::Unsupported { file, found, .. } => {
                format!("“{file}”是{}，不是 CSV、JSONL、Parquet 或 XLSX", what(found))
            }
            SourceError::Invalid { file, format, reason } => {
                format!("“{file}”不是有效的 {format} 文件：{reason}")
            }
            SourceError::TooLarge { file, what, limit } => {
                format!("拒绝读取“{file}”：{}，上限为{}", what.zh, limit.zh)
            }
            SourceError::DuplicateColumn { file, column, first, second } => {
                format!("“{file}”有两列都叫“{column}”，即第 {first} 列和第 {second} 列")
            }
            SourceError::UnclosedQuote { file, line } => {
                format!("“{file}”第 {line} 行的引号没有闭合")
            }
            SourceError::UnknownEncoding(name) => format!("“{name}”不是编码"),
            SourceError::Mapping { reason, .. } => reason.zh.clone(),
            SourceError::Expression { text, at, reason } => {
                format!("“{text}”第 {at} 个字符处：{}", reason.zh)
            }
            SourceError::AmbiguousDates { file, column, value, .. } => {
                format!("“{file}”的“{column}”列分不清哪个数是日：“{value}”")
            }
            SourceError::AmbiguousNumbers { file, column, value } => {
                format!("“{file}”的“{column}”列可能以逗号作小数点：“{value}”")
            }
            SourceError::UnknownDates { file, column, value } => {
                format!("“{file}”的“{column}”列没有可识别的时间：“{value}”")
            }
            SourceError::Calendar(error) => error.in_chinese(),
        }
    }

    fn hint_in_chinese(&self) -> String {
        match self {
            SourceError::Io { .. } => "请检查路径、权限以及文件是否完整".to_owned(),
            SourceError::Empty { .. } => "请给出带表头且至少有一行数据的文件".to_owned(),
            SourceError::Unsupported { mend, .. } => how(mend).to_owned(),
            SourceError::Invalid { .. } => "请重新写出该文件，或导出为 CSV".to_owned(),
            SourceError::TooLarge { .. } => "请解压或拆分该文件，或导出为普通 CSV".to_owned(),
            SourceError::DuplicateColumn { .. } => "请给其中一列改名".to_owned(),
            SourceError::UnclosedQuote { .. } => "请闭合引号；单元格内的引号须写两遍".to_owned(),
            SourceError::UnknownEncoding(_) => {
                "请填写 utf-8、utf-16le、utf-16be、gb18030、latin1 或其他 WHATWG 名称".to_owned()
            }
            SourceError::Mapping { hint, .. } => hint.zh.clone(),
            SourceError::Expression { .. } => {
                "列名可加双引号（\"Unit Price\"），文本须加单引号".to_owned()
            }
            SourceError::AmbiguousDates { formats, .. } => {
                format!("请指定日期格式（--date-format）：{}", formats.join(" 或 "))
            }
            SourceError::AmbiguousNumbers { .. } => {
                "若 `1.234,5` 是一千多，请启用小数逗号（--decimal-comma）；否则去掉千位分隔符"
                    .to_owned()
            }
            SourceError::UnknownDates { .. } => "请指定日期格式（--date-format）：如 \
                 `%d/%m/%Y %H:%M`，或 unix_seconds、unix_millis、unix_micros"
                .to_owned(),
            SourceError::Calendar(error) => error.hint_in_chinese(),
        }
    }
}

/// What the first bytes say a file is.
fn what(found: &str) -> &str {
    match found {
        "an encrypted Parquet file" => "加密的 Parquet 文件",
        "a PNG picture" => "PNG 图片",
        "a JPEG picture" => "JPEG 图片",
        "a GIF picture" => "GIF 图片",
        "a PDF document" => " PDF 文档",
        "an SQLite database" => " SQLite 数据库",
        "an ORC file" => " ORC 文件",
        "an Avro file" => " Avro 文件",
        "an Arrow file" => " Arrow 文件",
        "packed with bzip2" => "用 bzip2 压缩的",
        "packed with xz" => "用 xz 压缩的",
        "a 7z archive" => " 7z 压缩包",
        "a RAR archive" => " RAR 压缩包",
        "a zip archive" => " zip 压缩包",
        "packed twice" => "压缩了两次的",
        "a program" => "程序",
        "a workbook protected by a password" => "有密码保护的工作簿",
        "an old Excel workbook (.xls)" => "旧版 Excel 工作簿（.xls）",
        "a binary workbook (.xlsb)" => "二进制工作簿（.xlsb）",
        "an HTML page" => " HTML 网页",
        "an XML document" => " XML 文档",
        "one JSON list" => "单个 JSON 列表",
        other => other,
    }
}

/// How to turn it into a table.
fn how(mend: &str) -> &str {
    match mend {
        "write it without encryption" => "请不加密写出",
        "give the table itself" => "请给出表格本身",
        "export the table as CSV" => "请将表格导出为 CSV",
        "export the table as CSV or Parquet" => "请将表格导出为 CSV 或 Parquet",
        "write it as Parquet" => "请写成 Parquet",
        "write it as Parquet or JSONL" => "请写成 Parquet 或 JSONL",
        "unpack it, or pack it with gzip or zstd" => "请解压，或改用 gzip 或 zstd 压缩",
        "unpack it" => "请解压",
        "unpack it once" => "请先解压一次",
        "unpack it and give the tables inside" => "请解压后给出其中的表格",
        "save it without the password" => "请去掉密码后另存",
        "save it as .xlsx or CSV" => "请另存为 .xlsx 或 CSV",
        "write one object a line: jq -c '.[]'" => "请每行写一个对象：jq -c '.[]'",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_chinese(text: &str) -> bool {
        text.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character))
    }

    /// First bytes of whatever is refused by them, and what follows.
    fn refused() -> Vec<Vec<u8>> {
        let mut all: Vec<Vec<u8>> =
            super::super::detect::REFUSED.iter().map(|(magic, ..)| magic.to_vec()).collect();
        let encrypted: Vec<u8> = "EncryptedPackage".bytes().flat_map(|byte| [byte, 0]).collect();
        let ole = super::super::detect::OLE;
        all.extend([[ole, &encrypted].concat(), ole.to_vec()]);
        all.extend(["", "<html>", "<?xml ?>", "[{"].map(|text| text.as_bytes().to_vec()));
        all
    }

    #[test]
    fn whatever_is_refused_by_its_first_bytes_is_said_in_both_languages() {
        for head in refused() {
            let error = super::super::detect::format("f", &head).unwrap_err();
            let (said, mend) = (error.said(), error.mend());
            assert!(is_chinese(&said.zh), "{said:?}");
            assert!(is_chinese(&mend.zh), "{mend:?}");
            assert!(!said.zh.contains(" an ") && !said.zh.contains(" a "), "{said:?}");
            if let SourceError::Unsupported { found, mend, .. } = error {
                assert_ne!(what(found), found);
                assert_ne!(how(mend), mend);
            }
        }
        for found in ["a zip archive", "a binary workbook (.xlsb)"] {
            assert_ne!(what(found), found);
        }
        assert_ne!(
            how("unpack it and give the tables inside"),
            "unpack it and give the tables inside"
        );
    }
}
