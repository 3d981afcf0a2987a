//! From an input to the reader of its format.

use super::input::{self, Compression, Metered};
use super::*;

/// A file whose format is known and whose columns are being read.
pub(super) struct Opened {
    pub(super) name: String,
    pub(super) reader: Reader,
    pub(super) detected: Detected,
    pub(super) meter: Arc<Meter>,
    pub(super) n_bytes: Option<u64>,
    pub(super) unhashed: Option<PathBuf>,
}

/// Tells packing and format from the first bytes and starts the reader.
pub(super) fn open(input: Input, options: &SourceOptions) -> Result<Opened, SourceError> {
    let name = input.name();
    let io = |error| input::read_error(&name, error);
    let meter = Arc::new(Meter::default());
    let (mut raw, path, n_bytes): (Box<dyn Read + Send>, _, _) = match input {
        Input::Path(path) => {
            let file = File::open(&path).map_err(io)?;
            let metadata = file.metadata().map_err(io)?;
            let n_bytes = metadata.is_file().then_some(metadata.len());
            (Box::new(file), n_bytes.map(|_| path), n_bytes)
        }
        Input::Stream { reader, .. } => (reader, None, None),
    };
    raw = Box::new(Metered::new(raw, Arc::clone(&meter)));
    let magic = input::read_head(&mut raw, 4).map_err(io)?;
    let compression = input::compression(&magic);
    let mut unpacked = input::unpack(compression, input::rejoin(magic, raw), &meter).map_err(io)?;
    let head = input::read_head(&mut unpacked, SAMPLE_BYTES)
        .map_err(|error| broken(&name, compression, error))?;
    let is_whole = head.len() < SAMPLE_BYTES;
    let mut format = detect::format(&name, &head)?;
    let is_text = matches!(format, Format::Csv | Format::Jsonl);
    let text = match is_text {
        true => encoding::detect(&head, options.encoding.as_deref())?,
        false => encoding::Detected { encoding: encoding_rs::UTF_8, mark_len: 0 },
    };
    let mut sample = String::new();
    if is_text {
        let bytes = head.get(text.mark_len..).unwrap_or_default();
        sample = text.encoding.decode_without_bom_handling(bytes).0.into_owned();
        // Text that is not ASCII underneath shows its first character only when decoded.
        format = detect::format(&name, sample.as_bytes())?;
    }
    let mut detected = Detected::new(&name, format, compression);
    let rest = input::rejoin(head, unpacked);
    let (reader, unhashed) = match format {
        Format::Csv | Format::Jsonl => {
            let input = text_input(rest, text).map_err(io)?;
            detected.encoding = Some(text.encoding.name());
            let reader = if format == Format::Csv {
                let delimiter =
                    options.delimiter.unwrap_or_else(|| detect::delimiter(&sample, is_whole));
                detected.delimiter = Some(delimiter);
                Reader::Csv(Box::new(csv::CsvReader::open(&name, input, delimiter)?))
            } else {
                Reader::Jsonl(Box::new(jsonl::JsonlReader::new(&name, input)))
            };
            (reader, None)
        }
        Format::Parquet | Format::Xlsx => {
            let path = path.filter(|_| compression == Compression::None);
            let file = match &path {
                Some(path) => File::open(path).map_err(io)?,
                None => spooled(rest).map_err(io)?,
            };
            let suspect = Suspect { name: &name, file: &file, sheet: options.sheet.as_deref() };
            guard::pass(options.guard, &suspect)?;
            if path.is_some() {
                meter.set(0);
            }
            let reader = if format == Format::Parquet {
                Reader::Parquet(Box::new(parquet::ParquetReader::open(
                    &name,
                    file,
                    Arc::clone(&meter),
                )?))
            } else {
                let reader = xlsx::XlsxReader::open(&name, file, options.sheet.as_deref())?;
                if let Some(n_bytes) = n_bytes {
                    meter.set(n_bytes);
                }
                detected.sheet = Some(reader.sheet().to_owned());
                detected.notes.extend(reader.notes().iter().cloned());
                Reader::Xlsx(Box::new(reader))
            };
            (reader, path)
        }
    };
    Ok(Opened { name, reader, detected, meter, n_bytes, unhashed })
}

/// A broken head of a packed stream is a fault of the packing, an unreadable disk is not.
fn broken(name: &str, compression: Compression, error: std::io::Error) -> SourceError {
    let format = match compression {
        Compression::Gzip => "gzip",
        Compression::Zstd => "zstd",
        Compression::None => return input::read_error(name, error),
    };
    match input::read_error(name, error) {
        SourceError::Io { error, .. } => SourceError::invalid(name, format, error),
        other => other,
    }
}

fn text_input(
    mut rest: Box<dyn Read + Send>,
    text: encoding::Detected,
) -> std::io::Result<Box<dyn Read + Send>> {
    input::read_head(&mut rest, text.mark_len)?;
    if text.encoding == encoding_rs::UTF_8 {
        return Ok(rest);
    }
    Ok(Box::new(encoding::Transcoder::new(rest, text.encoding)))
}

fn spooled(mut rest: Box<dyn Read + Send>) -> std::io::Result<File> {
    input::spool(&mut rest)
}

impl Detected {
    fn new(name: &str, format: Format, compression: Compression) -> Detected {
        Detected {
            name: name.to_owned(),
            format,
            compression,
            encoding: None,
            delimiter: None,
            sheet: None,
            columns: Vec::new(),
            mapping: Vec::new(),
            properties: Vec::new(),
            dropped: Vec::new(),
            date_format: None,
            notes: Vec::new(),
        }
    }
}
