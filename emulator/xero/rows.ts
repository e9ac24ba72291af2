import type { WorldState } from '../core/state.ts';
import type { Entity } from './native.ts';
import type { SqlCondition } from './where.ts';

interface Selection {
  version: number;
  seqs: Float64Array;
}

const keptSelections = 16;

/**
 * Finds the rows of lists. The order of a list is worked out by SQL once for each state of the organisation's data
 * and then reused: paging stays live (any change starts afresh), yet page 900 of a million costs what page 1 costs.
 */
export class Rows {
  readonly #state: WorldState;
  readonly #tenant: string;
  readonly #selections = new Map<string, Selection>();

  constructor(state: WorldState, tenant: string) {
    this.#state = state;
    this.#tenant = tenant;
  }

  /** Row numbers of all matching records in order. `condition.sql` is empty or starts with AND. */
  select(entity: Entity, condition: SqlCondition, order: string): Float64Array {
    const version = this.#state.version(this.#tenant);
    const key = JSON.stringify([entity, condition, order]);
    const kept = this.#selections.get(key);
    if (kept?.version === version) return kept.seqs;
    const sql = `SELECT seq FROM row WHERE company = ? AND entity = ?${condition.sql} ORDER BY ${order}`;
    const statement = this.#state.db.prepare(sql).pluck();
    const seqs = Float64Array.from(statement.all(this.#tenant, entity, ...condition.values) as number[]);
    this.#keep(key, { version, seqs });
    return seqs;
  }

  /** The stored JSON texts of these rows. */
  texts(seqs: Float64Array): string[] {
    const statement = this.#state.sql('SELECT json FROM row WHERE seq = ?').pluck();
    return Array.from(seqs, (seq) => statement.get(seq) as string);
  }

  #keep(key: string, selection: Selection): void {
    this.#selections.delete(key);
    this.#selections.set(key, selection);
    const [oldest] = this.#selections.keys();
    if (this.#selections.size > keptSelections && oldest !== undefined) this.#selections.delete(oldest);
  }
}
