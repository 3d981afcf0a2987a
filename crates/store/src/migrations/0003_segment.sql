-- Saved conditions over customers, every version of them; the newest is the one in force.
CREATE TABLE segment(
    name TEXT NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    "condition" TEXT NOT NULL,
    owner TEXT,
    description TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (name, version)
);
