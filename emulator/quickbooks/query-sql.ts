import { schemaOf } from './entity-schema.ts';
import type { EntitySchema, PropertyKind } from './entity-schema.ts';
import { invalidQuery } from './fault-bodies.ts';
import type { Condition, Query, QueryValue } from './query-parser.ts';
import { parseInstant } from './zone-time.ts';

/** A parsed query as SQL over table `row`. Conditions are text with `?`, values in their order. */
export interface SqlQuery {
  entity: EntitySchema;
  where: string;
  values: (string | number)[];
  orderBy: string;
  /** Index to walk, so that an offset skips in the index alone; '' leaves the choice to SQLite. */
  hint: string;
}

/**
 * Translates a query. Conditions on MetaData.LastUpdatedTime and Active read columns, the others look into the
 * JSON. Throws fault 4001 for an entity or property that is not there.
 * @param realm the company's key in table `row`
 * @param zone zone of instants that are written without an offset
 */
export function queryToSql(
  query: Query,
  realm: string,
  zone: string,
  defaultOrder: 'recorded' | 'id',
): SqlQuery {
  const entity = schemaOf(query.entity);
  if (!entity) throw invalidQuery(`Invalid context declaration: ${query.entity}`);
  const parts = ['company = ?', 'entity = ?', 'deleted = 0'];
  const values: (string | number)[] = [realm, entity.name];
  if (!query.where.some((one) => one.property.toLowerCase() === 'active')) parts.push('hidden = 0');
  for (const condition of query.where) {
    const part = conditionSql(entity, condition, zone);
    parts.push(part.sql);
    values.push(...part.values);
  }
  const orderBy = orderSql(entity, query.order, defaultOrder);
  const byId = query.where.some((one) => one.property.toLowerCase() === 'id');
  return { entity, where: parts.join(' AND '), values, orderBy, hint: byId ? '' : hintFor(orderBy) };
}

function hintFor(orderBy: string): string {
  if (orderBy.startsWith('updated_ms')) return 'INDEXED BY row_by_update';
  return orderBy.startsWith('seq') ? 'INDEXED BY quickbooks_by_id' : '';
}

interface Property {
  name: string;
  kind: PropertyKind;
}

function propertyOf(entity: EntitySchema, written: string): Property {
  for (const [name, kind] of entity.properties) {
    if (name.toLowerCase() === written.toLowerCase()) return { name, kind };
  }
  throw invalidQuery(`Property ${written} not found for Entity ${entity.name}`);
}

function conditionSql(
  entity: EntitySchema,
  condition: Condition,
  zone: string,
): { sql: string; values: (string | number)[] } {
  const property = propertyOf(entity, condition.property);
  if (property.name === 'Id' && !['=', 'IN'].includes(condition.operator)) {
    throw invalidQuery(`Operator ${condition.operator} is not supported on property Id`);
  }
  const values = condition.values.map((value) => comparable(property, value, zone));
  const left = expression(property);
  if (condition.operator === 'IN') return { sql: `${left} IN (${values.map(() => '?').join(',')})`, values };
  if (condition.operator !== 'LIKE') return { sql: `${left} ${condition.operator} ?`, values };
  return {
    sql: `${left} LIKE ? ESCAPE '\\'`,
    values: values.map((value) => String(value).replace(/[_\\]/g, '\\$&')),
  };
}

function expression({ name, kind }: Property): string {
  if (name === 'Id') return 'id';
  if (name === 'Active') return 'hidden';
  if (name === 'MetaData.LastUpdatedTime') return 'updated_ms';
  const path = `$.${name}${kind === 'reference' ? '.value' : name === 'PrimaryEmailAddr' ? '.Address' : ''}`;
  if (kind === 'instant') return `unixepoch(json_extract(json, '${path}')) * 1000`;
  return `json_extract(json, '${path}')${kind === 'text' ? ' COLLATE NOCASE' : ''}`;
}

function comparable({ name, kind }: Property, value: QueryValue, zone: string): string | number {
  if (kind === 'boolean') {
    const truth = String(value).toLowerCase() === 'true';
    return (name === 'Active' ? !truth : truth) ? 1 : 0;
  }
  if (kind === 'instant') return checked(parseInstant(String(value), zone), name, value);
  if (kind === 'number') return checked(Number(value), name, value);
  return String(value);
}

function checked(parsed: number, name: string, value: QueryValue): number {
  if (Number.isNaN(parsed)) throw invalidQuery(`Invalid value ${String(value)} for property ${name}`);
  return parsed;
}

// Rows are loaded and created in the order of their ids, so that `seq` is the order of Id as a number.
function orderSql(entity: EntitySchema, order: Query['order'], fallback: 'recorded' | 'id'): string {
  const written = order.map(({ property, descending }) => {
    const found = propertyOf(entity, property);
    return `${found.name === 'Id' ? 'seq' : expression(found)}${descending ? ' DESC' : ''}`;
  });
  if (written.length > 0)
    return [...written, order.at(-1)?.descending === true ? 'seq DESC' : 'seq'].join(', ');
  if (fallback === 'id') return 'seq';
  return entity.name === 'Customer'
    ? `json_extract(json, '$.DisplayName') COLLATE NOCASE, seq`
    : 'updated_ms DESC, seq DESC';
}
