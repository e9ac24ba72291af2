-- mirror: what was known when, so that the facts of any past day can be read again as they were

-- Rates: when each came to be known; 0 = before this was kept, so it counts from its own date.
ALTER TABLE exchange_rate ADD COLUMN known_from_ms INTEGER NOT NULL DEFAULT 0;
-- Rates that were replaced or taken away.
CREATE TABLE past_rate (
  connection_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  date TEXT NOT NULL,
  source TEXT NOT NULL,
  rate TEXT NOT NULL,
  known_from_ms INTEGER NOT NULL,
  known_until_ms INTEGER NOT NULL
);
CREATE INDEX past_rate_until ON past_rate (connection_id, known_until_ms);
CREATE INDEX credit_rate ON credit (connection_id, currency, date, rate) WHERE rate IS NOT NULL;

-- Quarantine: the run since which a row says what it says; null = its run.
ALTER TABLE quarantine ADD COLUMN from_run INTEGER;
UPDATE quarantine SET from_run = run;
-- Rows that left quarantine, or said something else before.
CREATE TABLE past_quarantine (
  connection_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  customer_id TEXT,
  reason TEXT NOT NULL,
  from_run INTEGER NOT NULL,
  until_run INTEGER NOT NULL
);
CREATE INDEX past_quarantine_until ON past_quarantine (connection_id, until_run);

-- Rows as they were before a run, all of them or those of a customer.
CREATE INDEX row_history_until ON row_history (connection_id, kind, until_run);
CREATE INDEX row_history_customer ON row_history
  (connection_id, kind, json_extract(content, '$.customer_id'), until_run);

-- Families and drafts of a few customers, without looking at everybody's.
CREATE INDEX customer_parent ON customer (connection_id, parent) WHERE parent IS NOT NULL;
CREATE INDEX customer_merged ON customer (connection_id, merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX invoice_draft ON invoice (connection_id, customer_id) WHERE status = 'draft';
-- A customer's whole past, for its behaviour.
CREATE INDEX invoice_customer ON invoice (connection_id, customer_id, issue_date);
CREATE INDEX credit_customer ON credit (connection_id, customer_id, date);
CREATE INDEX payment_customer ON payment (connection_id, customer_id, date) WHERE customer_id IS NOT NULL;
-- Xero names no customer on a payment, and one invoice.
CREATE INDEX payment_invoice ON payment (connection_id, json_extract(allocations, '$[0].invoiceId'))
  WHERE customer_id IS NULL;

-- facts: a content holds for all nights from as_of to until_day, both included; it is written only where it changed.
ALTER TABLE customer_facts ADD COLUMN until_day TEXT NOT NULL DEFAULT '9999-12-31';
UPDATE customer_facts SET until_day = as_of;
CREATE INDEX customer_facts_until ON customer_facts (connection_id, until_day, customer_id);
-- The nights of which facts are kept, and what they rest on.
CREATE TABLE facts_day (
  connection_id TEXT NOT NULL,
  as_of TEXT NOT NULL,
  run INTEGER NOT NULL,
  -- until when what people noted, and rates, were taken in; 0 = not kept
  known_at_ms INTEGER NOT NULL,
  UNIQUE (connection_id, as_of)
);
INSERT INTO facts_day SELECT connection_id, as_of, max(run), 0 FROM customer_facts GROUP BY connection_id, as_of;
