import { randomUUID } from 'node:crypto';
import type { WorldState } from './state.ts';

/** An authorization code; `usedMs` is null until its one use. */
export interface CodeRow {
  code: string;
  clientId: string;
  redirectUri: string;
  challenge: string | null;
  nonce: string | null;
  scope: string;
  subject: string;
  companies: string[];
  eventId: string;
  expiresMs: number;
  usedMs: number | null;
}

/** An access or refresh token. `replacedMs` is when rotation put another refresh token in its place. */
export interface TokenRow {
  token: string;
  kind: 'access' | 'refresh';
  clientId: string;
  subject: string;
  scope: string;
  companies: string[];
  eventId: string;
  issuedMs: number;
  expiresMs: number;
  replacedMs: number | null;
  revoked: boolean;
  /** When the consent was given; refresh tokens only. */
  consentMs?: number;
}

/** One company that a user connected to an application. */
export interface ConnectionRow {
  id: string;
  companyId: string;
  eventId: string;
  createdMs: number;
  updatedMs: number;
}

/** Codes, tokens and connections of one platform, kept in the world's state so that they survive a restart. */
export class OAuthStore {
  readonly #state: WorldState;
  readonly #platform: string;

  constructor(state: WorldState, platform: string) {
    this.#state = state;
    this.#platform = platform;
    state.db.exec(SCHEMA);
  }

  addCode(row: CodeRow): string {
    this.#run('INSERT INTO oauth_code (platform, code, event_id, json) VALUES (?,?,?,?)', [
      this.#platform,
      row.code,
      row.eventId,
      JSON.stringify(row),
    ]);
    return row.code;
  }

  code(code: string): CodeRow | undefined {
    return this.#read<CodeRow>('SELECT json FROM oauth_code WHERE platform = ? AND code = ?', code);
  }

  useCode(code: string, nowMs: number): void {
    const sql = `UPDATE oauth_code SET json = json_set(json, '$.usedMs', ?) WHERE platform = ? AND code = ?`;
    this.#run(sql, [nowMs, this.#platform, code]);
  }

  addToken(row: TokenRow): TokenRow {
    this.#run('INSERT INTO oauth_token (platform, token, event_id, json) VALUES (?,?,?,?)', [
      this.#platform,
      row.token,
      row.eventId,
      JSON.stringify(row),
    ]);
    return row;
  }

  token(token: string): TokenRow | undefined {
    return this.#read<TokenRow>('SELECT json FROM oauth_token WHERE platform = ? AND token = ?', token);
  }

  /** Marks a refresh token as rotated; the first replacement counts, so that grace does not stretch. */
  replace(token: string, nowMs: number): void {
    const sql = `UPDATE oauth_token SET json = json_set(json, '$.replacedMs', ?)
      WHERE platform = ? AND token = ? AND json_extract(json, '$.replacedMs') IS NULL`;
    this.#run(sql, [nowMs, this.#platform, token]);
  }

  /** Ends every token that came from one consent. */
  revokeEvent(eventId: string): void {
    const sql = `UPDATE oauth_token SET json = json_set(json, '$.revoked', json('true'))
      WHERE platform = ? AND event_id = ?`;
    this.#run(sql, [this.#platform, eventId]);
  }

  /** Connects a company, or renews its connection under the same id. */
  connect(to: {
    clientId: string;
    subject: string;
    companyId: string;
    eventId: string;
    nowMs: number;
  }): void {
    const sql = `INSERT INTO oauth_connection
        (id, platform, client_id, subject, company_id, event_id, created_ms, updated_ms)
      VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (platform, client_id, subject, company_id)
      DO UPDATE SET event_id = excluded.event_id, updated_ms = excluded.updated_ms`;
    const { clientId, subject, companyId, eventId, nowMs } = to;
    this.#run(sql, [randomUUID(), this.#platform, clientId, subject, companyId, eventId, nowMs, nowMs]);
  }

  /** The companies that a user has connected to an application, oldest first. */
  connections(clientId: string, subject: string): ConnectionRow[] {
    const sql = `SELECT id, company_id AS companyId, event_id AS eventId, created_ms AS createdMs,
        updated_ms AS updatedMs FROM oauth_connection
      WHERE platform = ? AND client_id = ? AND subject = ? ORDER BY seq`;
    return this.#state.sql(sql).all(this.#platform, clientId, subject) as ConnectionRow[];
  }

  /** Removes one connection. Returns whether there was one. */
  disconnect(clientId: string, subject: string, id: string): boolean {
    const sql =
      'DELETE FROM oauth_connection WHERE platform = ? AND client_id = ? AND subject = ? AND id = ?';
    return this.#run(sql, [this.#platform, clientId, subject, id]) > 0;
  }

  /** Removes every connection of a user to an application. */
  disconnectAll(clientId: string, subject: string): void {
    const sql = 'DELETE FROM oauth_connection WHERE platform = ? AND client_id = ? AND subject = ?';
    this.#run(sql, [this.#platform, clientId, subject]);
  }

  #run(sql: string, values: unknown[]): number {
    return this.#state.sql(sql).run(...values).changes;
  }

  #read<T>(sql: string, key: string): T | undefined {
    const row = this.#state.sql(sql).get(this.#platform, key) as { json: string } | undefined;
    return row && (JSON.parse(row.json) as T);
  }
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS oauth_code (
    platform TEXT NOT NULL, code TEXT NOT NULL, event_id TEXT NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (platform, code));
  CREATE TABLE IF NOT EXISTS oauth_token (
    platform TEXT NOT NULL, token TEXT NOT NULL, event_id TEXT NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (platform, token));
  CREATE INDEX IF NOT EXISTS oauth_token_of ON oauth_token (platform, event_id);
  CREATE TABLE IF NOT EXISTS oauth_connection (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, platform TEXT NOT NULL, client_id TEXT NOT NULL,
    subject TEXT NOT NULL, company_id TEXT NOT NULL, event_id TEXT NOT NULL,
    created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
    UNIQUE (platform, client_id, subject, company_id));
`;
