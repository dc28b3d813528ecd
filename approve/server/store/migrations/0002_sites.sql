-- Five sites: a second factor belongs to a person at a profile. Methods,
-- codes by SMS and e-mail, recovery codes, policies, activity, apps.

CREATE TABLE two_step (
  user_id    TEXT NOT NULL REFERENCES users (id),
  profile    TEXT NOT NULL,
  enabled    INTEGER NOT NULL,
  method     TEXT NOT NULL,
  setup      TEXT NOT NULL,
  pause_till BIGINT NOT NULL,
  pause_why  TEXT NOT NULL,
  reset_at   BIGINT NOT NULL,
  reset_by   TEXT NOT NULL,
  PRIMARY KEY (user_id, profile)
);
INSERT INTO two_step (user_id, profile, enabled, method, setup, pause_till, pause_why, reset_at, reset_by)
  SELECT id, 'rms', CASE WHEN two_step = '' THEN 0 ELSE 1 END, two_step, setup, pause_till, pause_why, reset_at, 'administrator' FROM users;

ALTER TABLE users DROP COLUMN two_step;
ALTER TABLE users DROP COLUMN setup;
ALTER TABLE users DROP COLUMN pause_till;
ALTER TABLE users DROP COLUMN pause_why;
ALTER TABLE users DROP COLUMN reset_at;
ALTER TABLE users ADD COLUMN closed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN confirmed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN signed_in_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN zone TEXT NOT NULL DEFAULT '';

ALTER TABLE devices ADD COLUMN profile TEXT NOT NULL DEFAULT 'rms';
ALTER TABLE pairings ADD COLUMN profile TEXT NOT NULL DEFAULT 'rms';
ALTER TABLE sessions ADD COLUMN profile TEXT NOT NULL DEFAULT 'rms';
ALTER TABLE sessions ADD COLUMN limited INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN factor_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE logins ADD COLUMN method TEXT NOT NULL DEFAULT 'companion';
ALTER TABLE requests ADD COLUMN app_id TEXT NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN app TEXT NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN action TEXT NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN message TEXT NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN silent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE requests ADD COLUMN code_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE requests ADD COLUMN code_by TEXT NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN polled_at BIGINT NOT NULL DEFAULT 0;

ALTER TABLE outbox ADD COLUMN kind TEXT NOT NULL DEFAULT 'mail';
ALTER TABLE outbox ADD COLUMN state TEXT NOT NULL DEFAULT 'kept';
ALTER TABLE outbox ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN next_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN problem TEXT NOT NULL DEFAULT '';
CREATE INDEX outbox_state ON outbox (state, next_at);

CREATE TABLE methods (
  id         TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id),
  profile    TEXT NOT NULL,
  kind       TEXT NOT NULL,
  name       TEXT NOT NULL,
  address    TEXT NOT NULL,
  secret     BLOB NOT NULL,
  period     INTEGER NOT NULL,
  digits     INTEGER NOT NULL,
  last_step  BIGINT NOT NULL,
  added_at   BIGINT NOT NULL,
  used_at    BIGINT NOT NULL
);
CREATE INDEX methods_user ON methods (user_id, profile);

CREATE TABLE setups (
  user_id    TEXT NOT NULL REFERENCES users (id),
  profile    TEXT NOT NULL,
  kind       TEXT NOT NULL,
  step       TEXT NOT NULL,
  name       TEXT NOT NULL,
  address    TEXT NOT NULL,
  secret     BLOB NOT NULL,
  replaces   TEXT NOT NULL,
  made_at    BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, profile)
);

CREATE TABLE codes (
  id         INTEGER PRIMARY KEY,
  owner      TEXT NOT NULL,
  address    TEXT NOT NULL,
  hash       BLOB NOT NULL,
  made_at    BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  tries      INTEGER NOT NULL
);
CREATE INDEX codes_owner ON codes (owner, id);

CREATE TABLE recovery (
  hash       BLOB PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id),
  profile    TEXT NOT NULL,
  made_at    BIGINT NOT NULL,
  used_at    BIGINT NOT NULL
);
CREATE INDEX recovery_user ON recovery (user_id, profile);

CREATE TABLE policies (
  profile    TEXT PRIMARY KEY,
  value      TEXT NOT NULL,
  changed_at BIGINT NOT NULL
);

CREATE TABLE activity (
  id         INTEGER PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id),
  profile    TEXT NOT NULL,
  at         BIGINT NOT NULL,
  kind       TEXT NOT NULL,
  result     TEXT NOT NULL,
  device     TEXT NOT NULL,
  ip         TEXT NOT NULL,
  browser    TEXT NOT NULL,
  os         TEXT NOT NULL
);
CREATE INDEX activity_user ON activity (user_id, profile, at);

CREATE TABLE apps (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  profile    TEXT NOT NULL,
  hash       BLOB NOT NULL,
  old_hash   BLOB NOT NULL,
  old_until  BIGINT NOT NULL,
  webhook    TEXT NOT NULL,
  webhook_key BLOB NOT NULL,
  made_at    BIGINT NOT NULL,
  closed_at  BIGINT NOT NULL
);

CREATE TABLE deliveries (
  id         INTEGER PRIMARY KEY,
  event      TEXT NOT NULL UNIQUE,
  app_id     TEXT NOT NULL REFERENCES apps (id),
  request_id TEXT NOT NULL REFERENCES requests (id),
  kind       TEXT NOT NULL,
  token      BLOB NOT NULL,
  body       TEXT NOT NULL,
  state      TEXT NOT NULL,
  tries      INTEGER NOT NULL,
  made_at    BIGINT NOT NULL,
  next_at    BIGINT NOT NULL,
  ends_at    BIGINT NOT NULL,
  problem    TEXT NOT NULL
);
CREATE INDEX deliveries_state ON deliveries (state, next_at);
CREATE INDEX deliveries_request ON deliveries (request_id);

CREATE TABLE links (
  hash       BLOB PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id),
  kind       TEXT NOT NULL,
  made_at    BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL
);
