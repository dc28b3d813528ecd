-- Times are Unix milliseconds, 0 means never. Flags are 0 or 1.

CREATE TABLE users (
  id         TEXT PRIMARY KEY,
  email      TEXT NOT NULL UNIQUE,
  login      TEXT NOT NULL UNIQUE,
  name       TEXT NOT NULL,
  password   TEXT NOT NULL,
  admin      INTEGER NOT NULL,
  two_step   TEXT NOT NULL,
  setup      TEXT NOT NULL,
  pause_till BIGINT NOT NULL,
  pause_why  TEXT NOT NULL,
  reset_at   BIGINT NOT NULL
);

CREATE TABLE devices (
  id         TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id),
  name       TEXT NOT NULL,
  platform   TEXT NOT NULL,
  simulated  INTEGER NOT NULL,
  key_id     TEXT NOT NULL UNIQUE,
  transport  BLOB NOT NULL,
  approval   BLOB NOT NULL,
  state      TEXT NOT NULL,
  fallback   BLOB NOT NULL,
  last_step  BIGINT NOT NULL,
  paired_at  BIGINT NOT NULL,
  used_at    BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL
);
CREATE INDEX devices_user ON devices (user_id, state);

CREATE TABLE pairings (
  hash       BLOB PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id),
  kind       TEXT NOT NULL,
  sealed     BLOB NOT NULL,
  made_at    BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL
);
CREATE INDEX pairings_user ON pairings (user_id, kind);

CREATE TABLE requests (
  id         TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id),
  profile    TEXT NOT NULL,
  number     TEXT NOT NULL,
  state      TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  ended_at   BIGINT NOT NULL,
  device_id  TEXT NOT NULL,
  device     TEXT NOT NULL,
  ticket     TEXT NOT NULL,
  ip         TEXT NOT NULL,
  browser    TEXT NOT NULL,
  os         TEXT NOT NULL
);
CREATE INDEX requests_state ON requests (state, expires_at);
CREATE INDEX requests_user ON requests (user_id, created_at);

CREATE TABLE request_devices (
  request_id TEXT NOT NULL REFERENCES requests (id),
  device_id  TEXT NOT NULL REFERENCES devices (id),
  challenge  TEXT NOT NULL,
  ignored_at BIGINT NOT NULL,
  PRIMARY KEY (request_id, device_id)
);
CREATE INDEX request_devices_device ON request_devices (device_id);

CREATE TABLE sessions (
  hash       BLOB PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id),
  made_at    BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL,
  fresh_at   BIGINT NOT NULL
);

CREATE TABLE logins (
  hash       BLOB PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id),
  profile    TEXT NOT NULL,
  request_id TEXT NOT NULL,
  refusal    TEXT NOT NULL,
  made_at    BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE events (
  kind       TEXT NOT NULL,
  subject    TEXT NOT NULL,
  at         BIGINT NOT NULL
);
CREATE INDEX events_kind ON events (kind, subject, at);

CREATE TABLE nonces (
  key_id     TEXT NOT NULL,
  nonce      TEXT NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (key_id, nonce)
);
CREATE INDEX nonces_at ON nonces (at);

CREATE TABLE emails (
  email      TEXT PRIMARY KEY,
  hash       BLOB NOT NULL,
  made_at    BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  tries      INTEGER NOT NULL
);

CREATE TABLE outbox (
  id         INTEGER PRIMARY KEY,
  recipient  TEXT NOT NULL,
  subject    TEXT NOT NULL,
  body       TEXT NOT NULL,
  at         BIGINT NOT NULL
);

CREATE TABLE audit (
  seq        INTEGER PRIMARY KEY,
  at         BIGINT NOT NULL,
  type       TEXT NOT NULL,
  actor      TEXT NOT NULL,
  subject    TEXT NOT NULL,
  ip         TEXT NOT NULL,
  detail     TEXT NOT NULL,
  prev       BLOB NOT NULL,
  mac        BLOB NOT NULL
);

-- One row: where the chain ends, so that a cut tail shows.
CREATE TABLE audit_head (
  id         INTEGER PRIMARY KEY,
  seq        BIGINT NOT NULL,
  mac        BLOB NOT NULL
);
