import { readTags } from '../notes/store.ts';
import { saveTag } from '../noting/store.ts';
import type { Prepare, TagChange } from './case-change.ts';
import { refused } from './refuse.ts';

const TAG = /^[\p{L}\p{N}][\p{L}\p{N} ._/-]{0,99}$/u;

export const prepareTag: Prepare<TagChange> = async (reader, { connection, today }, change) => {
  const { customer, tag, kind } = change;
  const isOn = kind === 'tag.add';
  if (!TAG.test(tag))
    throw refused('BAD_TAG', `"${tag}" is not a tag: write letters, digits, spaces and . _ / - only.`);
  const moment = { asOf: today, knownAtMs: Infinity };
  const tags = (await readTags(reader, connection.id, moment, [customer.id])).get(customer.id) ?? [];
  if (!isOn && !tags.includes(tag)) {
    const hint = tags.length === 0 ? 'It has none.' : `It has ${tags.join(', ')}.`;
    throw refused('NOT_TAGGED', `${customer.name} does not have the tag "${tag}".`, hint);
  }
  return {
    summary: `${customer.name} ${isOn ? 'has' : 'no longer has'} the tag "${tag}"`,
    details: { name: customer.name, tag },
    question: null,
    commit: async (tx, meta) => {
      // The same word twice is no change.
      if (tags.includes(tag) !== isOn) await saveTag(tx, connection.id, customer.id, tag, isOn, meta);
      return null;
    },
  };
};
