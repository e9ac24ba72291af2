import type { SourceModule } from './source-tree.ts';
import type { Violation } from './violation.ts';

/** Every ring of files that import each other, told once, at its first file. Imports of types count. */
export function findCycles(modules: SourceModule[]): Violation[] {
  const targets = new Map(modules.map((module) => [module.path, targetsOf(module)]));
  const done = new Set<string>();
  const rings: string[][] = [];
  const visit = (path: string, trail: string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) rings.push(trail.slice(start));
    if (start >= 0 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of targets.keys()) visit(path, []);
  return rings.map((ring) => ({
    file: ring[0] ?? '',
    line: 0,
    rule: 'no import cycles',
    text: [...ring, ring[0]].join(' → '),
  }));
}

function targetsOf(module: SourceModule): string[] {
  return module.imports.flatMap((site) => (site.target === undefined ? [] : [site.target]));
}
