-- mirror: calls made and left per connection, kept for all processes (the connector's own words)
CREATE TABLE call_budget (connection_id TEXT PRIMARY KEY, state TEXT NOT NULL, changed_at_ms INTEGER NOT NULL);

-- mirror: when the settings of the company (currencies, its own reminders) were last read whole; 0 = never
ALTER TABLE connection ADD COLUMN settings_read_at_ms INTEGER NOT NULL DEFAULT 0;
-- mirror: the day on which the platform's rates were last asked for, and of which currencies: '2026-03-11 EUR USD'
ALTER TABLE connection ADD COLUMN rates_asked TEXT NOT NULL DEFAULT '';

-- mirror: the last look through all ids of the platform for records that vanished or were missed without a word
CREATE TABLE sweep (
  connection_id TEXT PRIMARY KEY,
  run INTEGER NOT NULL,
  finished_at_ms INTEGER NOT NULL,
  checked INTEGER NOT NULL,
  -- here but no longer there
  vanished INTEGER NOT NULL,
  -- there but not here, or newer there
  missed INTEGER NOT NULL,
  -- '' or why it could not be trusted or was put off
  note TEXT NOT NULL DEFAULT ''
);

-- mirror: notices (webhooks) as received, once each, until they became hints
CREATE TABLE notice (
  id INTEGER PRIMARY KEY,
  platform TEXT NOT NULL,
  digest TEXT NOT NULL,
  body BLOB NOT NULL,
  received_at_ms INTEGER NOT NULL,
  UNIQUE (platform, digest)
);
-- mirror: notices that came to nothing, by reason ('unknown-company', 'unreadable', 'too-many')
CREATE TABLE notice_drop (
  platform TEXT NOT NULL,
  reason TEXT NOT NULL,
  dropped INTEGER NOT NULL,
  last_at_ms INTEGER NOT NULL,
  UNIQUE (platform, reason)
);
-- mirror: records that the platform said have changed; kept after they were read, so that a repeated notice is known
CREATE TABLE hint (
  connection_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- '' for all but credits
  credit_kind TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  -- newest change that was told of, by the platform's clock
  event_at_ms INTEGER NOT NULL,
  received_at_ms INTEGER NOT NULL,
  -- when to read it; null = nothing to do
  due_at_ms INTEGER,
  looks INTEGER NOT NULL DEFAULT 0,
  UNIQUE (connection_id, kind, credit_kind, remote_id)
);
CREATE INDEX hint_due ON hint (connection_id, due_at_ms) WHERE due_at_ms IS NOT NULL;

-- mirror: customers whose documents changed since their balance was read
CREATE TABLE stale_balance (connection_id TEXT NOT NULL, customer_id TEXT NOT NULL, UNIQUE (connection_id, customer_id));

-- facts: the mirror's balances against the platform's own, after each published run
CREATE TABLE reconciliation (
  connection_id TEXT PRIMARY KEY,
  run INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  compared INTEGER NOT NULL,
  not_compared INTEGER NOT NULL,
  differing INTEGER NOT NULL,
  content TEXT NOT NULL
);
