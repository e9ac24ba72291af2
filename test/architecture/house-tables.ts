/** One row of a table: a cell's text by its column's heading. */
type Row = Record<string, string>;

/** A target that a module may import. */
export interface Allowance {
  /** A file pattern, where `*` is any one part of a path: 'src/facts/index.ts', 'connectors/kit/*'. */
  pattern: string;
  typesOnly: boolean;
}

/** One row of the import law. */
export interface LawRow {
  /** A file ('src/app.ts') or a folder, where `*` is any one part of a path ('connectors/*'). */
  module: string;
  may: Allowance[] | 'anything';
}

/** Which npm packages and Node modules a module may use. */
export interface PackageRow {
  module: string;
  packages: string[];
}

export interface HouseTables {
  law: LawRow[];
  packages: PackageRow[];
  /** Owner folder by table name. */
  owners: Map<string, string>;
}

/**
 * Reads the house's tables out of CONTRIBUTING.md, so that what people read is what the tests check. Throws when
 * a table is missing, or when a cell says something that cannot be understood.
 */
export function readHouseTables(markdown: string): HouseTables {
  const stages = readStages(markdown);
  const law = tableUnder(markdown, ['module', 'may import']);
  const packages = tableUnder(markdown, ['module', 'packages']);
  const owners = tableUnder(markdown, ['owner', 'tables']);
  return {
    law: law.flatMap((row) => toLawRows(row, stages)),
    packages: packages.flatMap(toPackageRows),
    owners: new Map(owners.flatMap(toOwners)),
  };
}

function readStages(markdown: string): string[] {
  const sentence = /^The stages are (.+)$/m.exec(markdown)?.[1];
  if (sentence === undefined) throw new Error('CONTRIBUTING.md has no line "The stages are …"');
  return codeIn(sentence);
}

/** The rows below the heading row that has exactly these columns. */
function tableUnder(markdown: string, columns: string[]): Row[] {
  const lines = markdown.split('\n').map((line) => line.trim());
  const start = lines.findIndex((line) => cellsOf(line).join('|') === columns.join('|'));
  if (start < 0) throw new Error(`CONTRIBUTING.md has no table with the columns ${columns.join(', ')}`);
  const rest = lines.slice(start + 2);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  const rows = rest.slice(0, end < 0 ? undefined : end).map(cellsOf);
  if (rows.length === 0) throw new Error(`the table ${columns.join(', ')} in CONTRIBUTING.md is empty`);
  return rows.map((cells) =>
    Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ''])),
  );
}

function cellsOf(line: string): string[] {
  if (!line.startsWith('|')) return [];
  return line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}

function toLawRows(row: Row, stages: string[]): LawRow[] {
  const may = toAllowances(row['may import'] ?? '', stages);
  return codeIn(row['module'] ?? '').map((module) => ({ module, may }));
}

/** A cell is "nothing", "anything" or a list of `code`, `code` (types) and "stage doors". */
function toAllowances(cell: string, stages: string[]): Allowance[] | 'anything' {
  if (cell === 'anything') return 'anything';
  if (cell === 'nothing') return [];
  return cell.split(', ').flatMap((part) => {
    if (part === 'stage doors') return stages.map((stage) => ({ pattern: doorOf(stage), typesOnly: false }));
    const [, path, types] = /^`([^`]+)`( \(types\))?$/.exec(part) ?? [];
    if (path === undefined) throw new Error(`CONTRIBUTING.md: "${part}" in the import law is not understood`);
    return [{ pattern: doorOf(path), typesOnly: types !== undefined }];
  });
}

/** A folder is entered by its index.ts; what ends in .ts or * is meant as it stands. */
function doorOf(path: string): string {
  return /(\.ts|\*)$/.test(path) ? path : `${path}/index.ts`;
}

function toPackageRows(row: Row): PackageRow[] {
  const packages = codeIn(row['packages'] ?? '');
  return codeIn(row['module'] ?? '').map((module) => ({ module, packages }));
}

function toOwners(row: Row): [string, string][] {
  const [owner] = codeIn(row['owner'] ?? '');
  if (owner === undefined) throw new Error('CONTRIBUTING.md: a row of the table of owners names no owner');
  return codeIn(row['tables'] ?? '').map((table) => [table, owner]);
}

function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}
