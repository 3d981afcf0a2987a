-- Trained models, every version of them, and what was scored with them on which day.
CREATE TABLE model(
    name TEXT NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    kind TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    document TEXT NOT NULL,
    summary TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    snapshot BIGINT NOT NULL,
    note TEXT,
    retired_at BIGINT,
    PRIMARY KEY (name, version)
);
CREATE TABLE scoring(
    data_file_id BIGINT PRIMARY KEY REFERENCES ducklake_data_file(data_file_id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    day TEXT NOT NULL,
    model TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    scored_at BIGINT NOT NULL,
    detail TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    chunk_checksums {bytes} NOT NULL,
    UNIQUE (name, day, model)
);
