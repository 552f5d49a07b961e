-- Times are milliseconds since 1970 by the clock of the database.
CREATE TABLE {outbox} (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    reference TEXT,
    order_key TEXT,
    -- The request as JSON, or encrypted.
    request TEXT,
    sealed_request BLOB,
    state TEXT NOT NULL CHECK (state IN ('open', 'succeeded', 'refused', 'needs_review')),
    enqueued_at INTEGER NOT NULL,
    -- When it may be claimed: the end of a wait or of a lease.
    due_at INTEGER NOT NULL,
    -- The latest time at which something happened to it, and the one before that.
    latest_at INTEGER NOT NULL,
    before_at INTEGER NOT NULL,
    -- The first attempt that may have had an effect, and whether that is the one being made.
    first_attempt_at INTEGER,
    first_is_new INTEGER NOT NULL,
    lease INTEGER,
    attempts INTEGER NOT NULL,
    unrecorded INTEGER NOT NULL,
    reason TEXT,
    error TEXT,
    result TEXT
);
CREATE INDEX {prefix}outbox_due ON {outbox} (due_at) WHERE state = 'open';
CREATE INDEX {prefix}outbox_latest ON {outbox} (state, latest_at);
CREATE INDEX {prefix}outbox_order ON {outbox} (order_key, id) WHERE state IN ('open', 'needs_review');
