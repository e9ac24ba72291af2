const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is markup already. Only `html` makes it, so that nothing else gets into a page unescaped. */
export class Html {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  static of(strings: TemplateStringsArray, children: readonly Child[]): Html {
    const parts = strings.map(
      (text, index) => text + (index < children.length ? render(children[index]) : ''),
    );
    return new Html(parts.join(''));
  }

  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template. Null, undefined and false leave nothing behind; lists are joined. */
export type Child = Html | string | number | null | undefined | false | readonly Child[];

/** Markup with every value escaped, for text and for attributes in double quotes alike. */
export function html(strings: TemplateStringsArray, ...children: Child[]): Html {
  return Html.of(strings, children);
}

function render(child: Child): string {
  if (child === null || child === undefined || child === false) return '';
  if (child instanceof Html) return child.toString();
  if (typeof child === 'object') return child.map(render).join('');
  return escape(String(child));
}

/** Control characters have no place in a page, and old browsers and terminals have been tricked with them. */
function escape(text: string): string {
  return text.replace(/[^\P{Cc}\t\n\r]/gu, '\ufffd').replace(/[&<>"']/g, entity);
}

const entity = (character: string): string => ENTITIES[character] ?? character;
