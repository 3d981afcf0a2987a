-- The first sequence of an import's rows, allotted before its commit. While the import runs,
-- rows from there on may still come.
ALTER TABLE import ADD COLUMN first_sequence BIGINT;
-- Why it failed, in Chinese.
ALTER TABLE import ADD COLUMN error_zh TEXT;
