import { z } from 'zod';
import { policySchema } from './schema.ts';

/** The schema of a policy file for editors and other programs: JSON Schema, draft 2020-12. */
export function policyJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(policySchema, { io: 'input', target: 'draft-2020-12' });
  return {
    $schema,
    title: 'Holdfast credit policy',
    description:
      'docs/policy.md explains every part. `holdfast policy check FILE` sees more than this schema can.',
    ...schema,
  };
}

/** The same as the text of policies/policy.schema.json. */
export function policyJsonSchemaText(): string {
  return `${JSON.stringify(policyJsonSchema(), null, 2)}\n`;
}

/** Every key that a policy may have anywhere. */
export function policyWords(): string[] {
  const words = new Set<string>();
  collect(policyJsonSchema(), words);
  return [...words];
}

function collect(node: unknown, words: Set<string>): void {
  if (Array.isArray(node)) return node.forEach((inner) => collect(inner, words));
  if (typeof node !== 'object' || node === null) return;
  if ('properties' in node && typeof node.properties === 'object' && node.properties !== null)
    Object.keys(node.properties).forEach((word) => words.add(word));
  Object.values(node).forEach((inner) => collect(inner, words));
}
