import { invalidQuery, parseError } from './fault-bodies.ts';

/** A value as it was written: only strings in quotes and true/false are allowed. */
export type QueryValue = string | boolean;

/** One condition of a WHERE clause; conditions are joined by AND, there is nothing else. */
export interface Condition {
  property: string;
  operator: '=' | '<' | '>' | '<=' | '>=' | 'LIKE' | 'IN';
  /** One value, or those of an IN list. */
  values: QueryValue[];
}

/** A query of QuickBooks' own language, parsed. */
export interface Query {
  /** '*', 'count', or the columns asked for. */
  select: '*' | 'count' | string[];
  entity: string;
  where: Condition[];
  order: { property: string; descending: boolean }[];
  /** 1-based. */
  startPosition: number;
  /** At most 1,000; 100 when not said. */
  maxResults: number;
}

interface Token {
  kind: 'word' | 'string' | 'number' | 'symbol' | 'end';
  text: string;
  /** Column, 1-based, for the error text. */
  at: number;
}

const operators = new Set<string>(['=', '<', '>', '<=', '>=']);
const tokenPattern = /\s*(?:'((?:\\.|[^'\\])*)'|([A-Za-z_][\w.]*)|(-?\d[\w.]*)|(<=|>=|[=<>(),*]))/y;

/**
 * Reads one statement: SELECT * | count(*) | columns FROM Entity [WHERE … AND …] [ORDERBY … | ORDER BY …]
 * [STARTPOSITION n] [MAXRESULTS n]. Throws QuickBooks' own faults: 4000 for what does not parse, 4001 for a
 * number out of range.
 * https://developer.intuit.com/app/developer/qbo/docs/learn/explore-the-quickbooks-online-api/data-queries
 */
export function parseQuery(text: string): Query {
  return new Parser(tokens(text)).query();
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  const end = text.trimEnd().length;
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < end) {
    const at = tokenPattern.lastIndex;
    const match = tokenPattern.exec(text);
    if (!match) throw parseError(text.slice(at).trim().slice(0, 1), at + 1);
    found.push(token(match, at + 1));
  }
  return [...found, { kind: 'end', text: '<EOF>', at: end + 1 }];
}

function token([, quoted, word, number, symbol]: RegExpExecArray, at: number): Token {
  if (quoted !== undefined) return { kind: 'string', text: quoted.replace(/\\(.)/g, '$1'), at };
  if (word !== undefined) return { kind: 'word', text: word, at };
  if (number !== undefined) return { kind: 'number', text: number, at };
  return { kind: 'symbol', text: symbol ?? '', at };
}

class Parser {
  readonly #tokens: Token[];
  #next = 0;

  constructor(found: Token[]) {
    this.#tokens = found;
  }

  query(): Query {
    this.#keyword('select');
    const select = this.#columns();
    this.#keyword('from');
    const entity = this.#word();
    const where = this.#take('where') ? this.#conditions() : [];
    const order = this.#ordering() ? this.#list(() => this.#order()) : [];
    const query: Query = { select, entity, where, order, startPosition: 1, maxResults: 100 };
    while (this.#peek().kind !== 'end') this.#page(query);
    return query;
  }

  #columns(): Query['select'] {
    if (this.#take('*')) return '*';
    const columns = this.#list(() => this.#word());
    if (columns[0]?.toLowerCase() !== 'count' || !this.#take('(')) return columns;
    this.#keyword('*');
    this.#keyword(')');
    return 'count';
  }

  #conditions(): Condition[] {
    const conditions = [this.#condition()];
    while (this.#take('and')) conditions.push(this.#condition());
    return conditions;
  }

  #condition(): Condition {
    const property = this.#word();
    const operator = this.#peek();
    this.#next += 1;
    if (operators.has(operator.text)) {
      return { property, operator: operator.text as Condition['operator'], values: [this.#value()] };
    }
    if (operator.text.toLowerCase() === 'like')
      return { property, operator: 'LIKE', values: [this.#value()] };
    if (operator.text.toLowerCase() !== 'in') throw parseError(operator.text, operator.at);
    this.#keyword('(');
    const values = this.#list(() => this.#value());
    this.#keyword(')');
    return { property, operator: 'IN', values };
  }

  // Numbers must stand in quotes: the real parser refuses bare ones (code 4000).
  #value(): QueryValue {
    const found = this.#peek();
    const word = found.text.toLowerCase();
    this.#next += 1;
    if (found.kind === 'string') return found.text;
    if (found.kind === 'word' && (word === 'true' || word === 'false')) return word === 'true';
    throw parseError(found.text, found.at);
  }

  #ordering(): boolean {
    if (this.#take('orderby')) return true;
    if (!this.#take('order')) return false;
    this.#keyword('by');
    return true;
  }

  #order(): Query['order'][number] {
    const property = this.#word();
    const descending = this.#take('desc');
    if (!descending) this.#take('asc');
    return { property, descending };
  }

  #page(query: Query): void {
    if (this.#take('startposition')) query.startPosition = this.#count(Infinity);
    else if (this.#take('maxresults')) query.maxResults = this.#count(1000);
    else throw parseError(this.#peek().text, this.#peek().at);
  }

  #count(max: number): number {
    const found = this.#peek();
    if (!/^-?\d+$/.test(found.text)) throw parseError(found.text, found.at);
    this.#next += 1;
    const value = Number(found.text);
    if (value < 1) throw invalidQuery(`value ${found.text} is too small. Min allowed value is 1`);
    if (value > max)
      throw invalidQuery(`value ${found.text} is too large. Max allowed value is ${String(max)}`);
    return value;
  }

  #list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.#take(',')) items.push(item());
    return items;
  }

  #word(): string {
    const found = this.#peek();
    if (found.kind !== 'word') throw parseError(found.text, found.at);
    this.#next += 1;
    return found.text;
  }

  #keyword(text: string): void {
    if (!this.#take(text)) throw parseError(this.#peek().text, this.#peek().at);
  }

  #take(text: string): boolean {
    const found = this.#peek();
    if (found.kind === 'string' || found.text.toLowerCase() !== text) return false;
    this.#next += 1;
    return true;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '<EOF>', at: 1 };
  }
}
