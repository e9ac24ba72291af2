/** Turns a JSON answer into the XML that Xero sends when the client did not ask for JSON. */
export function toXml(jsonText: string): string {
  return `<Response xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">${children(JSON.parse(jsonText))}</Response>`;
}

function children(value: unknown): string {
  if (typeof value !== 'object' || value === null) return escape(String(value));
  return Object.entries(value)
    .map(([name, child]) =>
      Array.isArray(child) ? list(name, child) : `<${name}>${children(child)}</${name}>`,
    )
    .join('');
}

function list(name: string, items: unknown[]): string {
  const one = name.replace(/ies$/, 'y').replace(/s$/, '');
  return `<${name}>${items.map((item) => `<${one}>${children(item)}</${one}>`).join('')}</${name}>`;
}

function escape(value: string): string {
  return value.replace(/[&<>]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? char);
}
