import type { PlatformName } from '../domain/index.ts';
import { html, type Html } from './html.ts';

/** A button that starts a consent. A form, so that no foreign page and no prefetch can start one. */
export function connectForm(platform: PlatformName, text: string): Html {
  return html`<form method="post" action="/connect/${platform}">
    <button type="submit" data-platform="${platform}">${text}</button>
  </form>`;
}
