-- The tables of the former `SqliteLog` are taken over as they are.
CREATE TABLE IF NOT EXISTS {events} (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    done INTEGER NOT NULL,
    lease INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS {prefix}events_at ON {events} (at);
CREATE TABLE IF NOT EXISTS {objects} (
    id TEXT PRIMARY KEY,
    created INTEGER NOT NULL,
    at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS {prefix}objects_at ON {objects} (at);
