import type { ServedCompany } from './companies.ts';
import { text } from './http.ts';
import type { Reply } from './http.ts';

/** What the consent page shows. `query` is the authorization request; its fields travel on as hidden ones. */
export interface ConsentView {
  platform: string;
  companies: ServedCompany[];
  query: URLSearchParams;
  /** Whether several companies may be ticked, or one chosen. */
  many: boolean;
}

/** The consent page as HTML: which application, which companies, Approve and Deny. */
export function consentPage(view: ConsentView): string {
  const kind = view.many ? 'checkbox' : 'radio';
  const choices = view.companies.map(
    (served, index) =>
      `<label><input type="${kind}" name="company" value="${escape(served.remoteId)}"` +
      `${view.many || index === 0 ? ' checked' : ''}> ${escape(served.company.name)}</label>`,
  );
  const hidden = [...view.query].map(
    ([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`,
  );
  const client = escape(view.query.get('client_id') ?? '');
  const scopes = (view.query.get('scope') ?? '').split(' ').map((scope) => `<li>${escape(scope)}</li>`);
  return page(
    `Connect to ${escape(view.platform)} (emulator)`,
    `<p><b>${client}</b> asks for access to:</p><form method="post">${hidden.join('')}
     <fieldset>${choices.join('<br>')}</fieldset><p>It asks for:</p><ul>${scopes.join('')}</ul>
     <button name="decision" value="approve">Approve</button>
     <button name="decision" value="deny">Deny</button></form>`,
  );
}

/** The page shown instead of a redirect when the request cannot be trusted (RFC 6749 section 4.1.2.1). */
export function errorPage(error: string, description: string): Reply {
  const body = `<p>${escape(error)}: ${escape(description)}</p>`;
  return text(400, page('Sorry, something went wrong', body), 'text/html');
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<style>body{font:16px/1.5 system-ui;max-width:36rem;margin:3rem auto;padding:0 1rem}button{font:inherit;padding:.4rem 1rem}</style>
</head><body><h1>${title}</h1>${body}</body></html>`;
}

function escape(value: string): string {
  return value.replace(/[&<>"']/g, (char) => `&#${String(char.charCodeAt(0))};`);
}
