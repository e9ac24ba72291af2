import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import ts from 'typescript';
import { importsOf, type ImportSite } from './imports.ts';

/** One source file as the checks see it. */
export interface SourceModule {
  /** Relative to the root, with forward slashes: 'src/facts/store.ts'. */
  path: string;
  text: string;
  syntax: ts.SourceFile;
  imports: ImportSite[];
}

/** The checkout that the tests run in. */
export const ROOT = join(import.meta.dirname, '..', '..');
export const PRODUCT_FOLDERS = ['src', 'connectors'];
export const ALL_FOLDERS = [...PRODUCT_FOLDERS, 'emulator', 'scripts', 'bin', 'test', 'bench'];

/** Every TypeScript or JavaScript file below these folders of a root, parsed. A folder that is missing has none. */
export function readTree(root: string, folders: string[]): SourceModule[] {
  const paths = folders.flatMap((folder) => listFiles(root, folder));
  return paths.filter((path) => /\.[tj]s$/.test(path)).map((path) => readModule(root, path));
}

/** All files below a folder, relative to the root, with forward slashes, in order. */
export function listFiles(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.map((file) => file.slice(root.length + 1).replaceAll(sep, posix.sep)).sort();
}

function readModule(root: string, path: string): SourceModule {
  const text = readFileSync(join(root, path), 'utf8');
  const syntax = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return { path, text, syntax, imports: importsOf(syntax) };
}

/** Calls `visit` with every node of a file, parents first. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => {
    walk(child, visit);
  });
}

/** The 1-based line on which a node begins. */
export function lineOf(node: ts.Node): number {
  const file = node.getSourceFile();
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
}
