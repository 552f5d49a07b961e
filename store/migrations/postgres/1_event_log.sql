CREATE TABLE {events} (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    done BIGINT NOT NULL,
    lease BIGINT NOT NULL
);
CREATE INDEX {prefix}events_at ON {events} (at);
CREATE TABLE {objects} (
    id TEXT PRIMARY KEY,
    created BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX {prefix}objects_at ON {objects} (at);
