-- Saved lists of questions, every version of them; the newest is the one in force.
CREATE TABLE dashboard(
    name TEXT NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    definition TEXT NOT NULL,
    owner TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (name, version)
);
