import { idFields } from './native.ts';
import type { Entity } from './native.ts';
import { QueryParseError, tokens } from './where-tokens.ts';
import type { Token } from './where-tokens.ts';

/** A condition over table `row` with the values of its placeholders. */
export interface SqlCondition {
  sql: string;
  values: (string | number)[];
}

const signs: Record<string, string> = {
  '==': '=',
  '=': '=',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};
const dateField = /(^|\.)(Date|DueDate|FullyPaidOnDate|ExpectedPaymentDate|PlannedPaymentDate|\w*DateUTC)$/;

/**
 * Turns a `where` filter into SQL: == != < <= > >=, AND OR && ||, brackets, Guid("…"), DateTime(y,m,d), strings,
 * numbers, true false null, and Field.Contains|StartsWith|EndsWith("…"). Throws QueryParseError.
 */
export function whereSql(where: string, entity: Entity): SqlCondition {
  const parser = new Parser(tokens(where), entity);
  const condition = parser.either();
  parser.end();
  return condition;
}

/** The SQL expression of a field's value: a facet column where there is one, else out of the JSON. */
export function fieldSql(field: string, entity: Entity): string {
  if (!/^\w+(\.\w+)*$/.test(field)) throw new QueryParseError(`No property or field '${field}' exists`);
  if (field.toLowerCase() === idFields[entity].toLowerCase()) return 'id';
  if (field === 'UpdatedDateUTC') return 'updated_ms';
  if (field === (entity === 'Contacts' ? 'ContactStatus' : 'Status')) return 'status';
  if (field === (entity === 'Payments' ? 'PaymentType' : 'Type')) return 'type';
  const path = field.replace(/\.(ContactId|InvoiceId)$/, (whole) => `${whole.slice(0, -2)}ID`);
  const value = `json_extract(json, '$.${path}')`;
  return dateField.test(field) ? `CAST(substr(${value}, 7) AS INTEGER)` : value;
}

/** Recursive descent over the tokens; each method leaves the position behind what it has read. */
class Parser {
  readonly #tokens: Token[];
  readonly #entity: Entity;
  #at = 0;

  constructor(all: Token[], entity: Entity) {
    this.#tokens = all;
    this.#entity = entity;
  }

  end(): void {
    const token = this.#tokens[this.#at];
    if (token) throw new QueryParseError(`Syntax error near '${token.text}'`);
  }

  either(): SqlCondition {
    let left = this.#both();
    while (this.#accept('||') || this.#accept('or')) left = joined(left, 'OR', this.#both());
    return left;
  }

  #both(): SqlCondition {
    let left = this.#comparison();
    while (this.#accept('&&') || this.#accept('and')) left = joined(left, 'AND', this.#comparison());
    return left;
  }

  #comparison(): SqlCondition {
    if (this.#accept('(')) {
      const inner = this.either();
      this.#expect(')');
      return inner;
    }
    const field = this.#next();
    if (field.kind !== 'word') throw new QueryParseError(`Field expected instead of '${field.text}'`);
    const method = /^(.+)\.(Contains|StartsWith|EndsWith)$/.exec(field.text);
    if (method) return this.#like(method[1] ?? '', method[2] ?? '');
    const sign = signs[this.#peek()?.text ?? ''];
    if (sign === undefined) return { sql: `${fieldSql(field.text, this.#entity)} = 1`, values: [] };
    this.#at += 1;
    return this.#compared(fieldSql(field.text, this.#entity), sign);
  }

  #compared(field: string, sign: string): SqlCondition {
    const value = this.#value();
    if (value === null) return { sql: `${field} ${sign === '=' ? 'IS' : 'IS NOT'} NULL`, values: [] };
    return { sql: `${field} ${sign} ?`, values: [value] };
  }

  #like(field: string, method: string): SqlCondition {
    this.#expect('(');
    const text = this.#next().text.replace(/[%_\\]/g, '\\$&');
    this.#expect(')');
    const like = { Contains: `%${text}%`, StartsWith: `${text}%`, EndsWith: `%${text}` }[method] ?? text;
    return { sql: `${fieldSql(field, this.#entity)} LIKE ? ESCAPE '\\'`, values: [like] };
  }

  #value(): string | number | null {
    const token = this.#next();
    if (token.kind === 'text') return token.text;
    if (token.kind === 'number') return Number(token.text);
    switch (token.text.toLowerCase()) {
      case 'true':
        return 1;
      case 'false':
        return 0;
      case 'null':
        return null;
      case 'guid':
      case 'guid.parse':
        return (this.#arguments()[0] ?? '').toLowerCase();
      case 'datetime':
      case 'datetime.parse':
        return dateTime(this.#arguments());
      default:
        throw new QueryParseError(`Value expected instead of '${token.text}'`);
    }
  }

  #arguments(): string[] {
    const list: string[] = [];
    this.#expect('(');
    while (!this.#accept(')')) {
      list.push(this.#next().text);
      this.#accept(',');
    }
    return list;
  }

  #accept(text: string): boolean {
    if (this.#peek()?.text.toLowerCase() !== text || this.#peek()?.kind === 'text') return false;
    this.#at += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw new QueryParseError(`'${text}' expected`);
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #next(): Token {
    const token = this.#tokens[this.#at++];
    if (!token) throw new QueryParseError('Unexpected end of the filter');
    return token;
  }
}

function joined(left: SqlCondition, word: string, right: SqlCondition): SqlCondition {
  return { sql: `(${left.sql} ${word} ${right.sql})`, values: [...left.values, ...right.values] };
}

function dateTime(parts: string[]): number {
  const [first = '', month = '1', day = '1', hour = '0', minute = '0', second = '0'] = parts;
  if (parts.length > 1) return Date.UTC(+first, +month - 1, +day, +hour, +minute, +second);
  const parsed = Date.parse(/[zZ]|[+-]\d\d:\d\d$/.test(first) || first.length === 10 ? first : `${first}Z`);
  if (!Number.isFinite(parsed)) throw new QueryParseError(`'${first}' is no DateTime`);
  return parsed;
}
