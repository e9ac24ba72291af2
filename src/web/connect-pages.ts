import type { PlatformName } from '../domain/index.ts';
import { html } from './html.ts';
import type { Page } from './page-frame.ts';
import { PLATFORM_NAMES, count } from './words.ts';

/**
 * Sends the browser on to the platform's consent. Not a redirect: browsers apply form-action to every hop after a
 * form, and a platform's own sign-in moves on to hosts that nobody can list in advance.
 */
export function leavePage(platform: PlatformName, url: string): Page {
  const name = PLATFORM_NAMES[platform];
  return {
    title: `To ${name}`,
    refreshTo: url,
    content: html`<h1>On to ${name} …</h1>
      <p>There you choose the company and allow the access. ${name} then brings you back here.</p>
      <p><a class="button" href="${url}" rel="noreferrer">Go to ${name}</a></p>`,
  };
}

/** After a consent. Shows no name, so that it may be seen by anybody who can reach it. */
export function connectedPage(platform: PlatformName | null, companies: number): Page {
  const name = platform === null ? 'the platform' : PLATFORM_NAMES[platform];
  return {
    title: 'Connected',
    back: true,
    content: html`<h1>Connected to ${name}</h1>
      <p>
        ${companies > 0 ? `Holdfast may now read the books of ${count(companies, 'company', 'companies')}.` : ''}
        A new connection only proposes: nothing is held and nobody is written to before you approve it.
      </p>
      <h2>What comes next</h2>
      <ol>
        <li>
          While <code>holdfast serve</code> runs, the books are read within a few minutes;
          <code>holdfast nightly</code> does it now.
        </li>
        <li>Give your customers limits with <code>holdfast limits import</code>.</li>
        <li>Look at what is proposed on the overview, and approve it with <code>holdfast approve</code>.</li>
      </ol>`,
  };
}

const FAILURES = new Map(
  Object.entries({
    STATE_UNKNOWN:
      'This answer belongs to no attempt of the last ten minutes, or it was used before. Start again from the overview.',
    PLATFORM_FORBIDDEN: 'The access was not granted. If that was a mistake, start again and allow it.',
    PLATFORM_REFUSED:
      'The platform’s answer does not belong to this attempt. Start again; if it happens once more, compare the redirect address that `holdfast doctor` names with the one registered for your app.',
    NO_COMPANY: 'No company was chosen. Start again and choose at least one.',
    NOT_CONFIGURED:
      'The keys of this platform are not set. Put them into .env; the README says where to get them.',
    PLATFORM_UNREACHABLE: 'The platform could not be reached. Check the network and start again.',
    PLATFORM_TIMEOUT: 'The platform did not answer in time. Start again in a few minutes.',
    PLATFORM_UNAVAILABLE: 'The platform has a disturbance. Start again in a few minutes.',
  }),
);

/** Why nothing was connected. Of the address only what looks like a code of ours is shown. */
export function connectFailedPage(code: string): Page {
  const text =
    FAILURES.get(code) ?? 'The log of the server says more; `holdfast doctor` helps to find the cause.';
  const known = /^[A-Z][A-Z_]{2,40}$/.test(code);
  return {
    title: 'Not connected',
    back: true,
    content: html`<h1>Nothing was connected</h1>
      <p>${text}</p>
      <p>What was connected before stays as it is.</p>
      ${known && html`<p class="quiet">Code: <code>${code}</code></p>`}`,
  };
}
