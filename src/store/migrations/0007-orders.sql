-- mirror: accepted quotes and estimates that are not invoiced in full, each with the runs between which it was so
CREATE TABLE open_order (
  connection_id TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  number TEXT NOT NULL,
  date TEXT NOT NULL,
  due_date TEXT NOT NULL,
  currency TEXT NOT NULL,
  -- what is not invoiced yet
  open_minor INTEGER NOT NULL,
  from_run INTEGER NOT NULL,
  -- the run that found it otherwise; null = it is so still
  until_run INTEGER,
  UNIQUE (connection_id, remote_id, from_run)
);
CREATE INDEX open_order_now ON open_order (connection_id, customer_id) WHERE until_run IS NULL;
