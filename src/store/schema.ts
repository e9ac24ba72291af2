import type { Generated } from 'kysely';
import type { CasesSchema } from './cases-schema.ts';

/** The tables as Kysely sees them; columns are explained in migrations/. Each table has one owner stage (CONTRIBUTING). */
export interface Schema extends CasesSchema {
  lease: { name: string; owner: string; number: number; expires_at_ms: number };
  token_set: TokenSetTable;
  connection: ConnectionTable;
  pending_authorization: { state_hash: string; platform: string; sealed: string; expires_at_ms: number };
  run: RunTable;
  cursor: { connection_id: string; stream: string; value: string; finished: number; run: number };
  customer: CustomerTable;
  invoice: InvoiceTable;
  credit: CreditTable;
  payment: PaymentTable;
  exchange_rate: RateTable & { known_from_ms: Generated<number> };
  past_rate: RateTable & { known_from_ms: number; known_until_ms: number };
  row_history: RowHistoryTable;
  quarantine: QuarantineTable;
  past_quarantine: Omit<QuarantineTable, 'run' | 'from_run'> & { from_run: number; until_run: number };
  open_order: {
    connection_id: string;
    remote_id: string;
    customer_id: string;
    number: string;
    date: string;
    due_date: string;
    currency: string;
    open_minor: number;
    from_run: number;
    until_run: number | null;
  };
  call_budget: { connection_id: string; state: string; changed_at_ms: number };
  sweep: SweepTable;
  notice: {
    id: Generated<number>;
    platform: string;
    digest: string;
    body: Buffer;
    received_at_ms: number;
  };
  notice_drop: { platform: string; reason: string; dropped: number; last_at_ms: number };
  hint: HintTable;
  stale_balance: { connection_id: string; customer_id: string };
  reconciliation: ReconciliationTable;
  customer_limit: CustomerLimitTable;
  limit_group: { connection_id: string; name: string; limit_minor: number };
  exclusion: {
    connection_id: string;
    customer_id: string;
    reason: string;
    set_at_ms: number;
    set_by: string;
  };
  switch: { name: string; is_on: number; set_at_ms: number; set_by: string };
  policy_version: { hash: string; content: string; first_used_at_ms: number };
  customer_facts: CustomerFactsTable;
  facts_day: { connection_id: string; as_of: string; run: number; known_at_ms: number };
  flag: FlagTable;
  standing: StandingTable;
  standing_before: StandingBeforeTable;
  decision: DecisionTable;
  judged_day: { connection_id: string; as_of: string; policy_hash: string; product_version: string | null };
  hold: HoldTable;
  dunning_episode: EpisodeTable;
  reminder: ReminderTable;
  reminder_address_day: { connection_id: string; address: string; day: string; reminder_id: number };
  intent: IntentTable;
  attempt: AttemptTable;
  night: NightTable;
  held_post: HeldPostTable;
  desk_count: { day: string; connection_id: string; answer: string; count: number };
  audit: AuditTable;
}

interface TokenSetTable {
  id: Generated<number>;
  platform: string;
  sealed: string;
  access_expires_at_ms: number;
  refresh_expires_at_ms: number | null;
  version: number;
  updated_at_ms: number;
}
interface ConnectionTable {
  id: string;
  platform: string;
  name: string;
  company_sealed: string;
  company_fingerprint: string;
  token_set_id: number | null;
  state: string;
  state_reason: string | null;
  mode: string;
  base_currency: string;
  time_zone: string;
  own_time_zone: string | null;
  country: string;
  multi_currency: number;
  is_demo: number;
  own_reminders: number | null;
  connected_at_ms: number;
  settings_read_at_ms: Generated<number>;
  rates_asked: Generated<string>;
}
interface SweepTable {
  connection_id: string;
  run: number;
  finished_at_ms: number;
  checked: number;
  vanished: number;
  missed: number;
  note: Generated<string>;
}
interface HintTable {
  connection_id: string;
  kind: string;
  credit_kind: string;
  remote_id: string;
  event_at_ms: number;
  received_at_ms: number;
  due_at_ms: number | null;
  looks: Generated<number>;
}
interface ReconciliationTable {
  connection_id: string;
  run: number;
  at_ms: number;
  compared: number;
  not_compared: number;
  differing: number;
  content: string;
}
interface RunTable {
  connection_id: string;
  number: number;
  mode: string;
  state: string;
  started_at_ms: number;
  finished_at_ms: number | null;
  created: Generated<number>;
  updated: Generated<number>;
  skipped: Generated<number>;
  deleted: Generated<number>;
  quarantined: Generated<number>;
  calls: Generated<number>;
  error: string | null;
}
interface CustomerTable {
  connection_id: string;
  remote_id: string;
  name: string;
  emails: string;
  account_number: string | null;
  status: string;
  merged_into: string | null;
  parent: string | null;
  bill_with_parent: number;
  currency: string;
  platform_balance_minor: number | null;
  country: string;
  hold_marker: string | null;
  updated_at_ms: number;
  run: number;
}
interface InvoiceTable {
  connection_id: string;
  remote_id: string;
  customer_id: string;
  number: string;
  status: string;
  issue_date: string;
  due_date: string;
  currency: string;
  total_minor: number;
  open_minor: number;
  rate: string | null;
  updated_at_ms: number;
  run: number;
}
interface CreditTable {
  connection_id: string;
  kind: string;
  remote_id: string;
  customer_id: string;
  number: string;
  status: string;
  date: string;
  currency: string;
  total_minor: number;
  open_minor: number;
  rate: string | null;
  allocations: string;
  updated_at_ms: number;
  run: number;
}
interface PaymentTable {
  connection_id: string;
  remote_id: string;
  customer_id: string | null;
  status: string;
  date: string;
  currency: string;
  amount_minor: number;
  rate: string | null;
  allocations: string;
  updated_at_ms: number;
  run: number;
}
interface RowHistoryTable {
  connection_id: string;
  kind: string;
  remote_id: string;
  from_run: number;
  until_run: number;
  content: string;
}
interface QuarantineTable {
  connection_id: string;
  kind: string;
  remote_id: string;
  customer_id: string | null;
  reason: string;
  run: number;
  from_run: Generated<number | null>;
}
interface RateTable {
  connection_id: string;
  currency: string;
  date: string;
  source: string;
  rate: string;
}
interface CustomerFactsTable {
  connection_id: string;
  as_of: string;
  customer_id: string;
  run: number;
  content: string;
  until_day: Generated<string>;
}
interface CustomerLimitTable {
  connection_id: string;
  customer_id: string;
  kind: string;
  limit_minor: number | null;
  group_name: string | null;
  set_at_ms: number;
  set_by: string;
  review_on: Generated<string | null>;
}
interface FlagTable {
  connection_id: string;
  as_of: string;
  customer_id: string;
  rule: string;
  severity: string;
  run: number;
  content: string;
}
interface StandingTable {
  connection_id: string;
  customer_id: string;
  standing: string;
  since: string;
  reasons: string;
  clearing: string | null;
  unpayable: string | null;
}
interface StandingBeforeTable {
  connection_id: string;
  customer_id: string;
  as_of: string;
  standing: string | null;
  since: string | null;
  reasons: string | null;
  clearing: string | null;
  unpayable: string | null;
}
interface DecisionTable {
  id: Generated<number>;
  connection_id: string;
  customer_id: string;
  as_of: string;
  from_standing: string;
  to_standing: string;
  reasons: string;
  policy_hash: string;
  run: number;
  decided_at_ms: number;
}
interface HoldTable {
  connection_id: string;
  customer_id: string;
  episode: number;
  state: string;
  changed_at_ms: number;
  detail: string;
}
interface EpisodeTable {
  connection_id: string;
  bill_to: string;
  number: number;
  opened_on: string;
  closed_on: string | null;
}
interface ReminderTable {
  id: Generated<number>;
  connection_id: string;
  bill_to: string;
  episode: string;
  step: number;
  as_of: string;
  state: string;
}
interface IntentTable {
  id: Generated<number>;
  connection_id: string;
  kind: string;
  key: string;
  customer_id: string;
  reminder_id: number | null;
  content: string;
  as_of: string;
  run: number;
  policy_hash: string;
  not_before_ms: number;
  expires_at_ms: number;
  state: string;
  state_reason: string;
  decided_by: string | null;
  created_at_ms: number;
  changed_at_ms: number;
  snoozed_until: Generated<string | null>;
}
interface AttemptTable {
  id: Generated<number>;
  intent_id: number;
  connection_id: string;
  number: number;
  body_hash: string;
  started_at_ms: number;
  ended_at_ms: number | null;
  outcome: string | null;
  confirmed: Generated<number>;
  detail: Generated<string>;
  looks: Generated<number>;
  next_look_at_ms: number | null;
}
interface NightTable {
  connection_id: string;
  day: string;
  state: string;
  started_at_ms: number;
  finished_at_ms: number | null;
  summary: string | null;
}
interface HeldPostTable {
  id: number;
  version: number;
  body: string;
  digest: string;
  made_at_ms: number;
  answered: Generated<number>;
  delivered_at_ms: number | null;
  attempts: Generated<number>;
  next_attempt_at_ms: number;
  last_error: Generated<string>;
}
interface AuditTable {
  seq: number;
  at_ms: number;
  connection_id: string | null;
  actor: string;
  action: string;
  subject: string;
  details: string;
  previous_hash: string;
  hash: string;
}
