import type { Generated } from 'kysely';

/** Who wrote a version down, when and why. `day`: from when it counts. */
interface Version {
  seq: Generated<number>;
  connection_id: string;
  day: string;
  at_ms: number;
  set_by: string;
  why: string;
}

/** The tables of what people know as Kysely sees them; columns are explained in migrations/0003-cases.sql. */
export interface CasesSchema {
  limit_change: Omit<Version, 'day'> & {
    day: string | null;
    customer_id: string;
    kind: string;
    limit_minor: number | null;
    group_name: string | null;
    review_on: string | null;
  };
  limit_group_change: Omit<Version, 'day'> & { day: string | null; name: string; limit_minor: number };
  exclusion_change: Omit<Version, 'day' | 'why'> & { customer_id: string; reason: string | null };
  temporary_limit: Version & {
    id: number;
    customer_id: string;
    amount_minor: number;
    from_day: string;
    to_day: string;
    reason: string;
    state: string;
  };
  insured_limit: Version & {
    customer_id: string;
    insurer: string | null;
    limit_minor: number;
    cover_percent: number;
    until_day: string | null;
  };
  customer_tag: Version & { customer_id: string; tag: string; is_on: number };
  dispute: Version & {
    id: number;
    customer_id: string;
    invoice_id: string;
    invoice_number: string;
    currency: string;
    amount_minor: number | null;
    reason: string;
    owner: string;
    opened_by: string;
    opened_on: string;
    review_by: string;
    approved_by: string | null;
    state: string;
  };
  promise: Version & {
    id: number;
    customer_id: string;
    amount_minor: number;
    currency: string;
    promised_on: string;
    due_on: string;
    invoice_ids: string;
    taken_by: string;
    state: string;
  };
  manual_standing: Version & {
    customer_id: string;
    cause: string;
    standing: string | null;
    until_day: string | null;
  };
  hold_release: Version & {
    id: number;
    customer_id: string;
    scope: string;
    up_to_minor: number;
    order_reference: string | null;
    reason: string;
    granted_by: string;
    from_day: string;
    until_day: string;
    state: string;
  };
  person: {
    seq: Generated<number>;
    name_key: string;
    name: string;
    role: string;
    up_to: string | null;
    state: string;
    at_ms: number;
    set_by: string;
  };
  api_key: {
    id: string;
    name: string;
    hash: string;
    scopes: string;
    expires_at_ms: number | null;
    created_at_ms: number;
    created_by: string;
  };
  api_key_end: { id: string; at_ms: number; set_by: string };
  request: {
    id: Generated<number>;
    connection_id: string;
    customer_id: string | null;
    kind: string;
    content: string;
    summary: string;
    amount_minor: number | null;
    currency: string;
    why: string;
    asked_by: string;
    asked_at_ms: number;
    expires_at_ms: number;
    edition: number;
    state: string;
    snoozed_until: string | null;
  };
  request_step: {
    seq: Generated<number>;
    request_id: number;
    edition: number;
    step: string;
    by_key: string;
    set_by: string;
    at_ms: number;
    why: string;
    content: string | null;
  };
}
