const attributes = new Set([
  'domain',
  'sparse',
  'status',
  'startPosition',
  'maxResults',
  'totalCount',
  'type',
  'code',
]);

type Fields = Record<string, unknown>;

/** A JSON reply as the XML that QuickBooks sends to clients that do not ask for JSON. */
export function toXmlReply(json: string): string {
  const { time, ...content } = JSON.parse(json) as Fields;
  const stamp = typeof time === 'string' ? ` time="${escape(time)}"` : '';
  return (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' +
    `<IntuitResponse xmlns="http://schema.intuit.com/finance/v3"${stamp}>${children(content)}</IntuitResponse>`
  );
}

function children(fields: Fields): string {
  return Object.entries(fields)
    .filter(([name]) => !attributes.has(name))
    .map(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one) => element(name, one)).join(''),
    )
    .join('');
}

function element(name: string, value: unknown): string {
  if (typeof value !== 'object' || value === null) return `<${name}>${escape(String(value))}</${name}>`;
  const fields = value as Fields;
  if (name.endsWith('Ref')) return reference(name, fields);
  const own = Object.entries(fields).filter(([key]) => attributes.has(key));
  const text = own.map(([key, one]) => ` ${key}="${escape(String(one))}"`).join('');
  return `<${name}${text}>${children(fields)}</${name}>`;
}

function reference(name: string, { value, name: label }: Fields): string {
  const attribute = typeof label === 'string' ? ` name="${escape(label)}"` : '';
  return `<${name}${attribute}>${escape(String(value))}</${name}>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${String(char.charCodeAt(0))};`);
}
