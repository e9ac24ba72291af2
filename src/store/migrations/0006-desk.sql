-- mirror: who orders is found by account number, name or main e-mail address without looking at every customer
CREATE INDEX customer_name ON customer (connection_id, name COLLATE NOCASE);
CREATE INDEX customer_account ON customer (connection_id, account_number) WHERE account_number IS NOT NULL;
CREATE INDEX customer_address ON customer (connection_id, lower(json_extract(emails, '$[0]')));

-- desk: the held list as it was last put up for the owner's webhook, and what came of it. One row at most.
CREATE TABLE held_post (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- grows with every list
  version INTEGER NOT NULL,
  -- the bytes that are sent, the same at every attempt
  body TEXT NOT NULL,
  -- SHA-256 of what the list says and of where it goes: another one asks for a new list
  digest TEXT NOT NULL,
  made_at_ms INTEGER NOT NULL,
  -- 1 = the receiver answered, whatever it said: a newer list may take the place of this one
  answered INTEGER NOT NULL DEFAULT 0,
  delivered_at_ms INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at_ms INTEGER NOT NULL,
  -- '' or why the last attempt failed
  last_error TEXT NOT NULL DEFAULT ''
);

-- desk: answers of the order desk, counted by day of UTC
CREATE TABLE desk_count (
  day TEXT NOT NULL,
  connection_id TEXT NOT NULL,
  answer TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (day, connection_id, answer)
);
