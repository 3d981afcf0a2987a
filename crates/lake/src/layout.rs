//! How a file of the event table is laid out: buckets, names, encodings.
//!
//! A file belongs to one bucket and is sorted by customer, instant and sequence. Encodings are
//! chosen for the speed of a scan over few columns: the customer and everything constant per
//! customer as runs of dictionary codes, instants and sequences as packed differences, names as
//! dictionaries. Only columns of text, which insights seldom read, pay for entropy coding.

use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{
    BloomFilterPosition, EnabledStatistics, WriterProperties, WriterPropertiesBuilder,
};
use parquet::schema::types::ColumnPath;
use perennial_types::event::{COLUMNS, Column, ColumnType};
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_64;

/// Rows of a row group: large enough that a bucket is few requests, small enough that one is
/// skipped or verified cheaply.
pub(crate) const ROW_GROUP_ROWS: usize = 1024 * 1024;
/// Rows of a data page: one batch of a scan.
const PAGE_ROWS: usize = 32 * 1024;
/// Largest data page.
const PAGE_BYTES: usize = 1024 * 1024;
/// Share of unknown message ids that a Bloom filter takes for known.
const BLOOM_FALSE_SHARE: f64 = 0.01;

/// What kind of message ids a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ids {
    /// Only ids made here. They are noise that no codec makes smaller, and they are looked for by
    /// customer and instant, so they need no filter.
    Hashed,
    /// Ids chosen by senders, perhaps among others.
    Chosen,
}

/// The bucket of a customer. It depends on nothing but the key and the number of buckets.
pub fn bucket_of(customer: i64, n_buckets: i32) -> i32 {
    (xxh3_64(&customer.to_le_bytes()) % n_buckets.max(1) as u64) as i32
}

/// Folder of a bucket, relative to the folder of the table.
pub(crate) fn bucket_folder(bucket: i32) -> String {
    format!("bucket={bucket}")
}

/// A new name for a file, relative to the folder of the table.
pub(crate) fn new_path(bucket: i32) -> String {
    format!("{}/{}.parquet", bucket_folder(bucket), Uuid::now_v7())
}

/// The path of a column in the Parquet schema.
fn path_of(column: Column) -> ColumnPath {
    ColumnPath::from(column.name())
}

/// How one column is written.
fn column_properties(
    builder: WriterPropertiesBuilder,
    column: Column,
    ids: Ids,
) -> WriterPropertiesBuilder {
    let spec = column.spec();
    let path = path_of(column);
    // Contact data must not stand in statistics: erasure has to find every copy.
    let statistics = match column {
        Column::Customer | Column::Ts | Column::Event => EnabledStatistics::Page,
        _ if spec.in_statistics => EnabledStatistics::Chunk,
        _ => EnabledStatistics::None,
    };
    // Columns that are constant, or nearly so, pack into nothing without one.
    let has_dictionary = !matches!(
        column,
        Column::Bucket
            | Column::Ts
            | Column::Sequence
            | Column::MessageId
            | Column::IngestedAt
            | Column::Identity
    );
    let (encoding, compression) = match (column, spec.column_type) {
        (Column::MessageId, _) if ids == Ids::Hashed => {
            (Encoding::DELTA_LENGTH_BYTE_ARRAY, Compression::UNCOMPRESSED)
        }
        (Column::MessageId, _) => (Encoding::PLAIN, zstd()),
        (_, ColumnType::Text) => (Encoding::DELTA_LENGTH_BYTE_ARRAY, zstd()),
        _ => (Encoding::DELTA_BINARY_PACKED, Compression::UNCOMPRESSED),
    };
    builder
        .set_column_statistics_enabled(path.clone(), statistics)
        .set_column_dictionary_enabled(path.clone(), has_dictionary)
        .set_column_encoding(path.clone(), encoding)
        .set_column_compression(path, compression)
}

fn zstd() -> Compression {
    Compression::ZSTD(ZstdLevel::default())
}

/// The properties of a file of about `n_rows` rows.
pub(crate) fn writer_properties(n_rows: usize, ids: Ids) -> WriterProperties {
    let sorted_by = [Column::Customer, Column::Ts, Column::Sequence];
    let sorting = sorted_by.map(|column| SortingColumn {
        column_idx: column as i32,
        descending: false,
        nulls_first: false,
    });
    let message_id = path_of(Column::MessageId);
    let n_ids = n_rows.clamp(1, ROW_GROUP_ROWS) as u64;
    let builder = WriterProperties::builder()
        .set_created_by(concat!("Perennial ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_data_page_size_limit(PAGE_BYTES)
        .set_dictionary_page_size_limit(PAGE_BYTES)
        .set_write_batch_size(8 * 1024)
        .set_statistics_truncate_length(None)
        .set_column_index_truncate_length(None)
        .set_sorting_columns(Some(sorting.to_vec()))
        .set_bloom_filter_position(BloomFilterPosition::End);
    // Naming the share or the number of ids would make a filter as well.
    let builder = match ids {
        Ids::Hashed => builder,
        Ids::Chosen => builder
            .set_column_bloom_filter_enabled(message_id.clone(), true)
            .set_column_bloom_filter_fpp(message_id.clone(), BLOOM_FALSE_SHARE)
            .set_column_bloom_filter_max_ndv(message_id, n_ids),
    };
    let columns = COLUMNS.iter().map(|spec| spec.column);
    columns.fold(builder, |builder, column| column_properties(builder, column, ids)).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_chosen_ids_have_a_filter() {
        let path = path_of(Column::MessageId);
        let filter = |ids| writer_properties(10, ids).bloom_filter_properties(&path).is_some();
        assert!(filter(Ids::Chosen));
        assert!(!filter(Ids::Hashed));
    }

    #[test]
    fn buckets_never_change() {
        // These are the places of files on disk: a change here would lose every customer.
        let buckets: Vec<i32> = (1..=12).map(|customer| bucket_of(customer, 16)).collect();
        assert_eq!(buckets, [14, 3, 13, 8, 12, 11, 15, 14, 7, 5, 12, 7]);
        assert!((1..1000).all(|customer| bucket_of(customer, 1) == 0));
    }
}
