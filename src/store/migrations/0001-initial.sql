-- Money: integer minor units beside its currency. Instants: epoch ms UTC. Days: 'YYYY-MM-DD' of the organisation.

-- store: who may do what alone, across processes; the number fences off an owner that overslept
CREATE TABLE lease (name TEXT PRIMARY KEY, owner TEXT NOT NULL, number INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL);

-- mirror: connections and their sealed secrets
CREATE TABLE token_set (
  id INTEGER PRIMARY KEY,
  platform TEXT NOT NULL,
  sealed TEXT NOT NULL,
  access_expires_at_ms INTEGER NOT NULL,
  refresh_expires_at_ms INTEGER,
  version INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
);
CREATE TABLE connection (
  id TEXT PRIMARY KEY,
  platform TEXT NOT NULL,
  name TEXT NOT NULL,
  company_sealed TEXT NOT NULL,
  company_fingerprint TEXT NOT NULL,
  token_set_id INTEGER REFERENCES token_set (id),
  state TEXT NOT NULL,
  state_reason TEXT,
  mode TEXT NOT NULL,
  base_currency TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  -- set by a person where the platform's own is missing or wrong (QuickBooks gives none); wins over time_zone
  own_time_zone TEXT,
  country TEXT NOT NULL,
  multi_currency INTEGER NOT NULL,
  is_demo INTEGER NOT NULL,
  own_reminders INTEGER,
  connected_at_ms INTEGER NOT NULL,
  UNIQUE (platform, company_fingerprint)
);
CREATE TABLE pending_authorization (
  state_hash TEXT PRIMARY KEY,
  platform TEXT NOT NULL,
  sealed TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL
);

-- mirror: runs and rows
CREATE TABLE run (
  connection_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  mode TEXT NOT NULL,
  state TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  finished_at_ms INTEGER,
  created INTEGER NOT NULL DEFAULT 0,
  updated INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0,
  quarantined INTEGER NOT NULL DEFAULT 0,
  calls INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  PRIMARY KEY (connection_id, number)
);
CREATE TABLE cursor (
  connection_id TEXT NOT NULL,
  stream TEXT NOT NULL,
  value TEXT NOT NULL,
  finished INTEGER NOT NULL,
  run INTEGER NOT NULL,
  PRIMARY KEY (connection_id, stream)
);
CREATE TABLE customer (
  connection_id TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  name TEXT NOT NULL,
  emails TEXT NOT NULL,
  account_number TEXT,
  status TEXT NOT NULL,
  merged_into TEXT,
  parent TEXT,
  bill_with_parent INTEGER NOT NULL,
  currency TEXT NOT NULL,
  platform_balance_minor INTEGER,
  country TEXT NOT NULL,
  hold_marker TEXT,
  updated_at_ms INTEGER NOT NULL,
  run INTEGER NOT NULL,
  UNIQUE (connection_id, remote_id)
);
CREATE TABLE invoice (
  connection_id TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  number TEXT NOT NULL,
  status TEXT NOT NULL,
  issue_date TEXT NOT NULL,
  due_date TEXT NOT NULL,
  currency TEXT NOT NULL,
  total_minor INTEGER NOT NULL,
  open_minor INTEGER NOT NULL,
  rate TEXT,
  updated_at_ms INTEGER NOT NULL,
  run INTEGER NOT NULL,
  UNIQUE (connection_id, remote_id)
);
CREATE INDEX invoice_open ON invoice
  (connection_id, customer_id, due_date, currency, open_minor, number, remote_id, issue_date, total_minor)
  WHERE status = 'open';
CREATE INDEX invoice_rate ON invoice (connection_id, currency, issue_date, rate) WHERE rate IS NOT NULL;
CREATE TABLE credit (
  connection_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  number TEXT NOT NULL,
  status TEXT NOT NULL,
  date TEXT NOT NULL,
  currency TEXT NOT NULL,
  total_minor INTEGER NOT NULL,
  open_minor INTEGER NOT NULL,
  rate TEXT,
  allocations TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  run INTEGER NOT NULL,
  UNIQUE (connection_id, kind, remote_id)
);
CREATE INDEX credit_open ON credit (connection_id, customer_id) WHERE status = 'open';
CREATE TABLE payment (
  connection_id TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  customer_id TEXT,
  status TEXT NOT NULL,
  date TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  rate TEXT,
  allocations TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  run INTEGER NOT NULL,
  UNIQUE (connection_id, remote_id)
);
CREATE INDEX payment_date ON payment (connection_id, date);
CREATE TABLE exchange_rate (
  connection_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  date TEXT NOT NULL,
  source TEXT NOT NULL,
  rate TEXT NOT NULL,
  UNIQUE (connection_id, currency, date, source)
);
CREATE TABLE row_history (
  connection_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  from_run INTEGER NOT NULL,
  until_run INTEGER NOT NULL,
  content TEXT NOT NULL
);
CREATE INDEX row_history_row ON row_history (connection_id, kind, remote_id, until_run);
CREATE TABLE quarantine (
  connection_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  customer_id TEXT,
  reason TEXT NOT NULL,
  run INTEGER NOT NULL,
  UNIQUE (connection_id, kind, remote_id)
);

-- cases: what people know
CREATE TABLE customer_limit (
  connection_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  limit_minor INTEGER,
  group_name TEXT,
  set_at_ms INTEGER NOT NULL,
  set_by TEXT NOT NULL,
  UNIQUE (connection_id, customer_id)
);
CREATE TABLE limit_group (
  connection_id TEXT NOT NULL,
  name TEXT NOT NULL,
  limit_minor INTEGER NOT NULL,
  UNIQUE (connection_id, name)
);
CREATE TABLE exclusion (
  connection_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  set_at_ms INTEGER NOT NULL,
  set_by TEXT NOT NULL,
  UNIQUE (connection_id, customer_id)
);
CREATE TABLE switch (name TEXT PRIMARY KEY, is_on INTEGER NOT NULL, set_at_ms INTEGER NOT NULL, set_by TEXT NOT NULL);

-- policy: every version that a decision was made under stays readable
CREATE TABLE policy_version (hash TEXT PRIMARY KEY, content TEXT NOT NULL, first_used_at_ms INTEGER NOT NULL);

-- facts, rules, decisions
CREATE TABLE customer_facts (
  connection_id TEXT NOT NULL,
  as_of TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  run INTEGER NOT NULL,
  content TEXT NOT NULL,
  UNIQUE (connection_id, as_of, customer_id)
);
CREATE TABLE flag (
  connection_id TEXT NOT NULL,
  as_of TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  rule TEXT NOT NULL,
  severity TEXT NOT NULL,
  run INTEGER NOT NULL,
  content TEXT NOT NULL,
  UNIQUE (connection_id, as_of, customer_id, rule)
);
CREATE TABLE standing (
  connection_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  standing TEXT NOT NULL,
  since TEXT NOT NULL,
  reasons TEXT NOT NULL,
  UNIQUE (connection_id, customer_id)
);
CREATE TABLE decision (
  id INTEGER PRIMARY KEY,
  connection_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  as_of TEXT NOT NULL,
  from_standing TEXT NOT NULL,
  to_standing TEXT NOT NULL,
  reasons TEXT NOT NULL,
  policy_hash TEXT NOT NULL,
  run INTEGER NOT NULL,
  decided_at_ms INTEGER NOT NULL
);
CREATE INDEX decision_customer ON decision (connection_id, customer_id);
CREATE TABLE hold (
  connection_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  episode INTEGER NOT NULL,
  state TEXT NOT NULL,
  changed_at_ms INTEGER NOT NULL,
  detail TEXT NOT NULL,
  UNIQUE (connection_id, customer_id)
);

-- reminders
CREATE TABLE dunning_episode (
  connection_id TEXT NOT NULL,
  bill_to TEXT NOT NULL,
  number INTEGER NOT NULL,
  opened_on TEXT NOT NULL,
  closed_on TEXT,
  UNIQUE (connection_id, bill_to, number)
);
CREATE TABLE reminder (
  id INTEGER PRIMARY KEY,
  connection_id TEXT NOT NULL,
  bill_to TEXT NOT NULL,
  episode TEXT NOT NULL,
  step INTEGER NOT NULL,
  as_of TEXT NOT NULL,
  state TEXT NOT NULL,
  UNIQUE (connection_id, bill_to, episode, step)
);
-- One message per address and local day, whoever the customer is. Claimed when the attempt is committed.
CREATE TABLE reminder_address_day (
  connection_id TEXT NOT NULL,
  address TEXT NOT NULL,
  day TEXT NOT NULL,
  reminder_id INTEGER NOT NULL,
  UNIQUE (connection_id, address, day)
);

-- outbox
CREATE TABLE intent (
  id INTEGER PRIMARY KEY,
  connection_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  reminder_id INTEGER,
  content TEXT NOT NULL,
  as_of TEXT NOT NULL,
  run INTEGER NOT NULL,
  policy_hash TEXT NOT NULL,
  not_before_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  state TEXT NOT NULL,
  state_reason TEXT NOT NULL,
  decided_by TEXT,
  created_at_ms INTEGER NOT NULL,
  changed_at_ms INTEGER NOT NULL,
  UNIQUE (connection_id, key)
);
CREATE INDEX intent_state ON intent (state, connection_id, not_before_ms);
CREATE TABLE attempt (
  id INTEGER PRIMARY KEY,
  intent_id INTEGER NOT NULL REFERENCES intent (id),
  connection_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  body_hash TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER,
  outcome TEXT,
  confirmed INTEGER NOT NULL DEFAULT 0,
  detail TEXT NOT NULL DEFAULT '',
  looks INTEGER NOT NULL DEFAULT 0,
  next_look_at_ms INTEGER,
  UNIQUE (intent_id, number)
);

-- scheduler
CREATE TABLE night (
  connection_id TEXT NOT NULL,
  day TEXT NOT NULL,
  state TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  finished_at_ms INTEGER,
  summary TEXT,
  UNIQUE (connection_id, day)
);

-- audit: append-only, hash-chained
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  connection_id TEXT,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  details TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
