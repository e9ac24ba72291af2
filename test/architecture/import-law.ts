import type { HouseTables, LawRow } from './house-tables.ts';
import type { ImportSite } from './imports.ts';
import type { SourceModule } from './source-tree.ts';
import type { Violation } from './violation.ts';

/** Every import of these modules that the law of CONTRIBUTING.md does not allow. */
export function checkImportLaw(modules: SourceModule[], tables: HouseTables): Violation[] {
  return modules.flatMap((module) => {
    const row = rowFor(module.path, tables.law);
    if (row === undefined) return [withoutRow(module)];
    return module.imports.flatMap((site) => [
      ...checkProjectImport(module, site, row),
      ...checkPackageImport(module, site, tables),
    ]);
  });
}

/** The row that speaks of a file: the one naming it most closely, so that `connectors/kit` goes before `connectors/*`. */
export function rowFor<Row extends { module: string }>(path: string, rows: Row[]): Row | undefined {
  const matching = rows.filter((row) => covers(row.module, path));
  return matching.sort((one, other) => closeness(other.module) - closeness(one.module))[0];
}

function covers(module: string, path: string): boolean {
  return matches(module, path) || matches(`${module}/**`, path);
}

/** A file beats a folder, a longer name a shorter one, and a spelled-out part a star. */
function closeness(module: string): number {
  return (module.endsWith('.ts') ? 1000 : 0) + module.split('/').length * 10 - (module.includes('*') ? 1 : 0);
}

function matches(pattern: string, path: string): boolean {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  const source = escaped.replaceAll('**', '\u0000').replaceAll('*', '[^/]+').replaceAll('\u0000', '.+');
  return new RegExp(`^${source}$`).test(path);
}

function checkProjectImport(module: SourceModule, site: ImportSite, row: LawRow): Violation[] {
  const { target } = site;
  if (target === undefined || row.may === 'anything' || isOwn(module.path, target, row)) return [];
  const allowed = row.may.filter((allowance) => matches(allowance.pattern, target));
  if (allowed.some((allowance) => !allowance.typesOnly || site.isTypeOnly)) return [];
  const text = allowed.length > 0 ? `${target} may be imported for its types only` : `imports ${target}`;
  return [{ file: module.path, line: site.line, rule: `import law: ${row.module}`, text }];
}

/** The same folder, star by star: a file of connectors/xero owns connectors/xero, not connectors/quickbooks. */
function isOwn(path: string, target: string, row: LawRow): boolean {
  const depth = row.module.split('/').length;
  const own = path.split('/').slice(0, depth).join('/');
  return target === own || target.startsWith(`${own}/`);
}

function checkPackageImport(module: SourceModule, site: ImportSite, tables: HouseTables): Violation[] {
  const { specifier, target } = site;
  const row = rowFor(module.path, tables.packages);
  if (specifier === undefined || target !== undefined || row === undefined) return [];
  const name = packageOf(specifier);
  if (row.packages.includes(name)) return [];
  const rule = `packages: ${row.module}`;
  return [{ file: module.path, line: site.line, rule, text: `uses ${specifier}` }];
}

/** 'node:*' for Node's own modules, else the package's name without what lies inside it. */
function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:*';
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function withoutRow(module: SourceModule): Violation {
  return { file: module.path, line: 0, rule: 'import law', text: 'no row of the table covers this file' };
}
