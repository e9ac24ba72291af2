-- decisions: by which policy and by which release each day was judged last; with facts_day and its run a night can be
-- computed again
CREATE TABLE judged_day (
  connection_id TEXT NOT NULL,
  as_of TEXT NOT NULL,
  policy_hash TEXT NOT NULL,
  -- null = a release that did not write it down yet
  product_version TEXT,
  UNIQUE (connection_id, as_of)
);
INSERT INTO judged_day
  SELECT connection_id, day, json_extract(summary, '$.policy'), NULL FROM night
  WHERE state = 'done' AND json_extract(summary, '$.policy') IS NOT NULL;
