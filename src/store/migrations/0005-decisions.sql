-- decisions: the smallest payment that makes the standing milder (JSON), or why none does
ALTER TABLE standing ADD COLUMN clearing TEXT;
ALTER TABLE standing ADD COLUMN unpayable TEXT;

-- decisions: how a customer stood before the night of a day, written when that night changes anything of it. How it
-- stood before any day is the first row of that day or a later one, and without one how it stands now.
CREATE TABLE standing_before (
  connection_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  as_of TEXT NOT NULL,
  -- null = it had none yet
  standing TEXT,
  since TEXT,
  reasons TEXT,
  clearing TEXT,
  unpayable TEXT,
  UNIQUE (connection_id, customer_id, as_of)
);
CREATE INDEX standing_before_day ON standing_before (connection_id, as_of);

-- Of the nights until now only the changes were kept: what stood before each is what the change before it said.
INSERT OR IGNORE INTO standing_before (connection_id, customer_id, as_of, standing, since, reasons)
  SELECT connection_id, customer_id, as_of,
    CASE WHEN lag(as_of) OVER w IS NULL THEN NULL ELSE from_standing END,
    lag(as_of) OVER w, lag(reasons) OVER w
  FROM decision
  WINDOW w AS (PARTITION BY connection_id, customer_id ORDER BY id)
  ORDER BY id;
