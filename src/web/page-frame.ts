import { html, type Child, type Html } from './html.ts';

/** A page's own content; its frame is put around it when it is sent. */
export interface Page {
  title: string;
  content: Child;
  /** Adds a link to the overview. */
  back?: boolean;
  /** Where the browser moves on to at once. */
  refreshTo?: string;
  /** The browser asks for the page again after a few seconds: it will have changed. */
  lookAgain?: boolean;
}

const LOOK_AGAIN_SECONDS = 5;

/** From where a page is looked at. */
export interface Place {
  /** What a proxy puts before our paths: '' or '/holdfast'. */
  root: string;
  /** Through a public name, where there is no overview to link to. */
  isPublic: boolean;
}

/** Head, header and footer around a page's content. */
export function pageFrame(page: Page, { root, isPublic }: Place): Html {
  const brand = html`<img src="${root}/assets/icon.svg" alt="" width="28" height="28" /><span
      >Holdfast</span
    >`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        ${page.refreshTo !== undefined && html`<meta http-equiv="refresh" content="0; url=${page.refreshTo}" />`}
        ${page.lookAgain === true && html`<meta http-equiv="refresh" content="${LOOK_AGAIN_SECONDS}" />`}
        <title>${page.title} · Holdfast</title>
        <link rel="icon" href="${root}/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${root}/assets/holdfast.css" />
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header class="top">
          ${isPublic ? html`<span class="brand">${brand}</span>` : html`<a class="brand" href="/">${brand}</a>`}
          <span class="tagline">Credit control</span>
        </header>
        <main id="content" tabindex="-1">
          ${page.back === true && !isPublic && html`<p class="back"><a href="/">← Overview</a></p>`}
          ${page.content}
        </main>
      </body>
    </html>`;
}
