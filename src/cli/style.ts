import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** Colour where the stream is a terminal and NO_COLOR is not set; otherwise the text as it is. */
export function paint(format: Format, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(format, text, { stream });
}

/** Text from a platform without what a terminal would obey (escapes, bells, line breaks, orders to write backwards). */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]+/gu, ' ');
}
