import { sha256Hex } from '../lib/index.ts';
import type { EffectContext, EffectResult, Prepared } from './effect.ts';
import type { Intent } from './intent.ts';

export type NoteIntent = Extract<Intent, { kind: 'note' }>;

/** A note is an event, but one that can be looked up by its id: it is written only when it is not there. */
export async function prepareNote(context: EffectContext, intent: NoteIntent): Promise<Prepared> {
  const { noteId, text } = intent.content;
  if (await context.session.findNote(intent.customerId, noteId))
    return { go: false, reason: 'the note is there already' };
  return {
    go: true,
    bodyHash: sha256Hex(text),
    addresses: [],
    perform: async () => {
      await context.session.addNote(intent.customerId, { id: noteId, text });
      return verifyNote(context, intent);
    },
  };
}

export async function verifyNote(context: EffectContext, intent: NoteIntent): Promise<EffectResult> {
  const found = await context.session.findNote(intent.customerId, intent.content.noteId);
  if (found) return { outcome: 'done', confirmed: true, detail: 'read back from the history' };
  return { outcome: 'unknown', confirmed: false, detail: 'not in the history yet' };
}
