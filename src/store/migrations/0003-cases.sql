-- cases: what people know, as versions. A row is never changed: what counts is the newest version (by seq) that was
-- written down (at_ms) and has begun (day) at the moment that is asked for. set_by and why are of that version alone.

-- The permanent limit. customer_limit holds the newest version of each, for who only needs that one.
CREATE TABLE limit_change (
  seq INTEGER PRIMARY KEY,
  connection_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  -- 'not-assessed', 'amount' or 'unlimited'
  kind TEXT NOT NULL,
  limit_minor INTEGER,
  group_name TEXT,
  review_on TEXT,
  -- from this day of the organisation on; null = for the days before it was written down as well
  day TEXT,
  at_ms INTEGER NOT NULL,
  set_by TEXT NOT NULL,
  why TEXT NOT NULL
);
CREATE INDEX limit_change_customer ON limit_change (connection_id, customer_id, seq, at_ms, day);
CREATE INDEX limit_change_day ON limit_change (connection_id, day);
CREATE INDEX limit_change_at ON limit_change (connection_id, at_ms);
CREATE TABLE limit_group_change (
  seq INTEGER PRIMARY KEY,
  connection_id TEXT NOT NULL,
  name TEXT NOT NULL,
  limit_minor INTEGER NOT NULL,
  day TEXT,
  at_ms INTEGER NOT NULL,
  set_by TEXT NOT NULL,
  why TEXT NOT NULL
);
CREATE INDEX limit_group_change_name ON limit_group_change (connection_id, name);
CREATE TABLE exclusion_change (
  seq INTEGER PRIMARY KEY,
  connection_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  -- null = taken off the list
  reason TEXT,
  at_ms INTEGER NOT NULL,
  set_by TEXT NOT NULL
);
CREATE INDEX exclusion_change_customer ON exclusion_change (connection_id, customer_id);

INSERT INTO limit_change (connection_id, customer_id, kind, limit_minor, group_name, at_ms, set_by, why)
  SELECT connection_id, customer_id, kind, limit_minor, group_name, set_at_ms, set_by, ''
  FROM customer_limit ORDER BY set_at_ms, connection_id, customer_id;
-- Who set a group's limit was not kept: nobody before the first limit of a member.
INSERT INTO limit_group_change (connection_id, name, limit_minor, at_ms, set_by, why)
  SELECT g.connection_id, g.name, g.limit_minor, coalesce(m.at_ms, 0), coalesce(m.set_by, ''), ''
  FROM limit_group g LEFT JOIN (
    SELECT connection_id, group_name, set_by, min(set_at_ms) AS at_ms FROM customer_limit
    GROUP BY connection_id, group_name
  ) m ON m.connection_id = g.connection_id AND m.group_name = g.name
  ORDER BY g.connection_id, g.name;
INSERT INTO exclusion_change (connection_id, customer_id, reason, at_ms, set_by)
  SELECT connection_id, customer_id, reason, set_at_ms, set_by
  FROM exclusion ORDER BY set_at_ms, connection_id, customer_id;

ALTER TABLE customer_limit ADD COLUMN review_on TEXT;
CREATE INDEX customer_limit_review ON customer_limit (connection_id, review_on) WHERE review_on IS NOT NULL;
CREATE INDEX customer_limit_group ON customer_limit (connection_id, group_name) WHERE group_name IS NOT NULL;

-- On top of the permanent limit, from a day to a day. id = number of the thing, the same in all of its versions.
CREATE TABLE temporary_limit (
  seq INTEGER PRIMARY KEY,
  connection_id TEXT NOT NULL,
  id INTEGER NOT NULL,
  customer_id TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  from_day TEXT NOT NULL,
  to_day TEXT NOT NULL,
  reason TEXT NOT NULL,
  -- 'open' or 'ended' (taken back before its last day)
  state TEXT NOT NULL,
  day TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  set_by TEXT NOT NULL,
  why TEXT NOT NULL
);
CREATE INDEX temporary_limit_customer ON temporary_limit (connection_id, customer_id, id);
CREATE TABLE insured_limit (
  seq INTEGER PRIMARY KEY,
  connection_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  -- null = no longer insured
  insurer TEXT,
  limit_minor INTEGER NOT NULL,
  cover_percent REAL NOT NULL,
  until_day TEXT,
  day TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  set_by TEXT NOT NULL,
  why TEXT NOT NULL
);
CREATE INDEX insured_limit_customer ON insured_limit (connection_id, customer_id);
CREATE TABLE customer_tag (
  seq INTEGER PRIMARY KEY,
  connection_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  tag TEXT NOT NULL,
  is_on INTEGER NOT NULL,
  day TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  set_by TEXT NOT NULL,
  why TEXT NOT NULL
);
CREATE INDEX customer_tag_customer ON customer_tag (connection_id, customer_id, tag);
CREATE TABLE dispute (
  seq INTEGER PRIMARY KEY,
  connection_id TEXT NOT NULL,
  id INTEGER NOT NULL,
  customer_id TEXT NOT NULL,
  invoice_id TEXT NOT NULL,
  invoice_number TEXT NOT NULL,
  currency TEXT NOT NULL,
  -- in the invoice's currency; null = all of it
  amount_minor INTEGER,
  reason TEXT NOT NULL,
  owner TEXT NOT NULL,
  opened_by TEXT NOT NULL,
  opened_on TEXT NOT NULL,
  review_by TEXT NOT NULL,
  approved_by TEXT,
  -- 'open' or 'closed'
  state TEXT NOT NULL,
  day TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  set_by TEXT NOT NULL,
  why TEXT NOT NULL
);
CREATE INDEX dispute_customer ON dispute (connection_id, customer_id, id);
CREATE TABLE promise (
  seq INTEGER PRIMARY KEY,
  connection_id TEXT NOT NULL,
  id INTEGER NOT NULL,
  customer_id TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  promised_on TEXT NOT NULL,
  due_on TEXT NOT NULL,
  -- JSON array of document ids; empty = of no certain invoices
  invoice_ids TEXT NOT NULL,
  taken_by TEXT NOT NULL,
  -- 'open' or 'withdrawn'; kept and broken are computed from what was paid
  state TEXT NOT NULL,
  day TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  set_by TEXT NOT NULL,
  why TEXT NOT NULL
);
CREATE INDEX promise_customer ON promise (connection_id, customer_id, id);
-- One for each cause ('person', 'fraud', 'insurer').
CREATE TABLE manual_standing (
  seq INTEGER PRIMARY KEY,
  connection_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  cause TEXT NOT NULL,
  -- null = lifted
  standing TEXT,
  until_day TEXT,
  day TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  set_by TEXT NOT NULL,
  why TEXT NOT NULL
);
CREATE INDEX manual_standing_customer ON manual_standing (connection_id, customer_id, cause);
CREATE TABLE hold_release (
  seq INTEGER PRIMARY KEY,
  connection_id TEXT NOT NULL,
  id INTEGER NOT NULL,
  customer_id TEXT NOT NULL,
  -- 'customer', 'order' or 'amount'
  scope TEXT NOT NULL,
  up_to_minor INTEGER NOT NULL,
  order_reference TEXT,
  reason TEXT NOT NULL,
  granted_by TEXT NOT NULL,
  from_day TEXT NOT NULL,
  until_day TEXT NOT NULL,
  -- 'open' or 'ended' (before its last day)
  state TEXT NOT NULL,
  day TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  set_by TEXT NOT NULL,
  why TEXT NOT NULL
);
CREATE INDEX hold_release_customer ON hold_release (connection_id, customer_id, id);

-- Who may decide. name_key is the name as it is compared: two spellings of one name are one person.
CREATE TABLE person (
  seq INTEGER PRIMARY KEY,
  name_key TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  -- decimal, in the base currency of each organisation; null = whatever the policy says of the role
  up_to TEXT,
  -- 'present' or 'gone'
  state TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  set_by TEXT NOT NULL
);
CREATE INDEX person_name ON person (name_key);
-- Keys of programs. The key itself is shown once and kept nowhere.
CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  -- SHA-256 of the whole key, hex
  hash TEXT NOT NULL,
  -- JSON array
  scopes TEXT NOT NULL,
  -- null = until it is revoked
  expires_at_ms INTEGER,
  created_at_ms INTEGER NOT NULL,
  created_by TEXT NOT NULL
);
CREATE TABLE api_key_end (id TEXT PRIMARY KEY REFERENCES api_key (id), at_ms INTEGER NOT NULL, set_by TEXT NOT NULL);

-- What waits for somebody's yes. A request changes as it is edited and answered; its steps tell how, and are kept.
CREATE TABLE request (
  id INTEGER PRIMARY KEY,
  connection_id TEXT NOT NULL,
  customer_id TEXT,
  kind TEXT NOT NULL,
  -- the change that is asked for, JSON
  content TEXT NOT NULL,
  summary TEXT NOT NULL,
  -- null = without end (an unlimited limit)
  amount_minor INTEGER,
  currency TEXT NOT NULL,
  why TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  -- goes up when the content is edited: approvals are of one edition
  edition INTEGER NOT NULL,
  -- 'waiting' (void once it is past its end), 'done' or 'rejected'
  state TEXT NOT NULL,
  -- the last day on which it is not shown; null = shown
  snoozed_until TEXT
);
CREATE INDEX request_state ON request (state, connection_id);
CREATE TABLE request_step (
  seq INTEGER PRIMARY KEY,
  request_id INTEGER NOT NULL REFERENCES request (id),
  edition INTEGER NOT NULL,
  -- 'asked', 'approved', 'rejected', 'edited', 'snoozed' or 'done'
  step TEXT NOT NULL,
  by_key TEXT NOT NULL,
  set_by TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  why TEXT NOT NULL,
  -- of 'asked' and 'edited': the change as it was asked for then
  content TEXT
);
CREATE UNIQUE INDEX request_step_approved ON request_step (request_id, edition, by_key) WHERE step = 'approved';
CREATE INDEX request_step_request ON request_step (request_id);

-- outbox: a proposal that nobody wants to see until the day after this one
ALTER TABLE intent ADD COLUMN snoozed_until TEXT;

-- Nothing that people knew is ever lost.
CREATE TRIGGER limit_change_no_update BEFORE UPDATE ON limit_change BEGIN SELECT RAISE(ABORT, 'limit_change is append-only'); END;
CREATE TRIGGER limit_change_no_delete BEFORE DELETE ON limit_change BEGIN SELECT RAISE(ABORT, 'limit_change is append-only'); END;
CREATE TRIGGER limit_group_change_no_update BEFORE UPDATE ON limit_group_change BEGIN SELECT RAISE(ABORT, 'limit_group_change is append-only'); END;
CREATE TRIGGER limit_group_change_no_delete BEFORE DELETE ON limit_group_change BEGIN SELECT RAISE(ABORT, 'limit_group_change is append-only'); END;
CREATE TRIGGER exclusion_change_no_update BEFORE UPDATE ON exclusion_change BEGIN SELECT RAISE(ABORT, 'exclusion_change is append-only'); END;
CREATE TRIGGER exclusion_change_no_delete BEFORE DELETE ON exclusion_change BEGIN SELECT RAISE(ABORT, 'exclusion_change is append-only'); END;
CREATE TRIGGER temporary_limit_no_update BEFORE UPDATE ON temporary_limit BEGIN SELECT RAISE(ABORT, 'temporary_limit is append-only'); END;
CREATE TRIGGER temporary_limit_no_delete BEFORE DELETE ON temporary_limit BEGIN SELECT RAISE(ABORT, 'temporary_limit is append-only'); END;
CREATE TRIGGER insured_limit_no_update BEFORE UPDATE ON insured_limit BEGIN SELECT RAISE(ABORT, 'insured_limit is append-only'); END;
CREATE TRIGGER insured_limit_no_delete BEFORE DELETE ON insured_limit BEGIN SELECT RAISE(ABORT, 'insured_limit is append-only'); END;
CREATE TRIGGER customer_tag_no_update BEFORE UPDATE ON customer_tag BEGIN SELECT RAISE(ABORT, 'customer_tag is append-only'); END;
CREATE TRIGGER customer_tag_no_delete BEFORE DELETE ON customer_tag BEGIN SELECT RAISE(ABORT, 'customer_tag is append-only'); END;
CREATE TRIGGER dispute_no_update BEFORE UPDATE ON dispute BEGIN SELECT RAISE(ABORT, 'dispute is append-only'); END;
CREATE TRIGGER dispute_no_delete BEFORE DELETE ON dispute BEGIN SELECT RAISE(ABORT, 'dispute is append-only'); END;
CREATE TRIGGER promise_no_update BEFORE UPDATE ON promise BEGIN SELECT RAISE(ABORT, 'promise is append-only'); END;
CREATE TRIGGER promise_no_delete BEFORE DELETE ON promise BEGIN SELECT RAISE(ABORT, 'promise is append-only'); END;
CREATE TRIGGER manual_standing_no_update BEFORE UPDATE ON manual_standing BEGIN SELECT RAISE(ABORT, 'manual_standing is append-only'); END;
CREATE TRIGGER manual_standing_no_delete BEFORE DELETE ON manual_standing BEGIN SELECT RAISE(ABORT, 'manual_standing is append-only'); END;
CREATE TRIGGER hold_release_no_update BEFORE UPDATE ON hold_release BEGIN SELECT RAISE(ABORT, 'hold_release is append-only'); END;
CREATE TRIGGER hold_release_no_delete BEFORE DELETE ON hold_release BEGIN SELECT RAISE(ABORT, 'hold_release is append-only'); END;
CREATE TRIGGER person_no_update BEFORE UPDATE ON person BEGIN SELECT RAISE(ABORT, 'person is append-only'); END;
CREATE TRIGGER person_no_delete BEFORE DELETE ON person BEGIN SELECT RAISE(ABORT, 'person is append-only'); END;
CREATE TRIGGER api_key_no_update BEFORE UPDATE ON api_key BEGIN SELECT RAISE(ABORT, 'api_key is append-only'); END;
CREATE TRIGGER api_key_no_delete BEFORE DELETE ON api_key BEGIN SELECT RAISE(ABORT, 'api_key is append-only'); END;
CREATE TRIGGER api_key_end_no_update BEFORE UPDATE ON api_key_end BEGIN SELECT RAISE(ABORT, 'api_key_end is append-only'); END;
CREATE TRIGGER api_key_end_no_delete BEFORE DELETE ON api_key_end BEGIN SELECT RAISE(ABORT, 'api_key_end is append-only'); END;
CREATE TRIGGER request_step_no_update BEFORE UPDATE ON request_step BEGIN SELECT RAISE(ABORT, 'request_step is append-only'); END;
CREATE TRIGGER request_step_no_delete BEFORE DELETE ON request_step BEGIN SELECT RAISE(ABORT, 'request_step is append-only'); END;
