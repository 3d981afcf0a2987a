-- What Perennial keeps beside the catalog. Instants are microseconds UTC, JSON is text.
CREATE TABLE workspace(
    one BIGINT PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    n_buckets BIGINT NOT NULL,
    zone TEXT NOT NULL,
    week_start TEXT NOT NULL,
    next_sequence BIGINT NOT NULL,
    next_customer BIGINT NOT NULL,
    next_identity BIGINT NOT NULL,
    next_batch BIGINT NOT NULL
);
CREATE TABLE identity(
    id {key},
    namespace TEXT NOT NULL,
    outside_id TEXT NOT NULL,
    customer BIGINT NOT NULL,
    first_import TEXT,
    UNIQUE (namespace, outside_id)
);
CREATE INDEX identity_customer ON identity(customer);
CREATE TABLE import(
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'undone', 'interrupted')),
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    name TEXT NOT NULL,
    sha256 TEXT,
    n_bytes BIGINT NOT NULL,
    mapping TEXT NOT NULL,
    counts TEXT NOT NULL,
    replaces TEXT,
    error TEXT
);
CREATE TABLE dead_letter(
    id {serial},
    import_id TEXT,
    file TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    column_name TEXT,
    value_text TEXT,
    reason TEXT NOT NULL,
    raw {bytes} NOT NULL,
    is_capped BIGINT NOT NULL
);
CREATE INDEX dead_letter_import ON dead_letter(import_id, id);
CREATE TABLE pending_batch(
    id {key},
    first_sequence BIGINT NOT NULL UNIQUE,
    n_rows BIGINT NOT NULL CHECK (n_rows > 0),
    body {bytes} NOT NULL,
    checksum BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    source TEXT NOT NULL
);
CREATE TABLE lake_file(
    data_file_id BIGINT PRIMARY KEY REFERENCES ducklake_data_file(data_file_id) ON DELETE CASCADE,
    import_id TEXT,
    bucket BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    min_customer BIGINT NOT NULL,
    max_customer BIGINT NOT NULL,
    min_ts BIGINT NOT NULL,
    max_ts BIGINT NOT NULL,
    min_sequence BIGINT NOT NULL,
    max_sequence BIGINT NOT NULL,
    chunk_checksums {bytes} NOT NULL
);
CREATE TABLE setting(
    "key" TEXT PRIMARY KEY,
    "value" TEXT NOT NULL
);
