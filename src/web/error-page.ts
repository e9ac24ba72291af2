import { html } from './html.ts';
import type { Page } from './page-frame.ts';

interface Words {
  title: string;
  text: string;
}

const WORDS: Readonly<Record<number, Words>> = {
  400: { title: 'That address cannot be read', text: 'Check the address, or start again from the overview.' },
  403: { title: 'Not allowed', text: 'This cannot be done from where you are.' },
  404: { title: 'There is nothing here', text: 'The page does not exist, or not any more.' },
  405: { title: 'Not that way', text: 'This address does not take such a request.' },
  421: {
    title: 'Wrong name',
    text: 'Holdfast does not answer to this host name. Open it under the address that it printed when it started.',
  },
};

const FORBIDDEN: Readonly<Record<'elsewhere' | 'foreign', Words>> = {
  elsewhere: {
    title: 'Only on the machine itself',
    text: 'Figures are shown only on the machine that Holdfast runs on: open http://localhost with its port there.',
  },
  foreign: {
    title: 'That did not come from Holdfast',
    text: 'Go to the overview and press the button there.',
  },
};

const UNEXPECTED: Words = {
  title: 'Something went wrong',
  text: 'Nothing was changed by looking at this page. The log of the server says more; `holdfast doctor` helps to find the cause.',
};

/** A page for what cannot be answered: plain words, no details of the inside. */
export function errorPage(status: number, why?: 'elsewhere' | 'foreign'): Page {
  const { title, text } = (why === undefined ? WORDS[status] : FORBIDDEN[why]) ?? UNEXPECTED;
  return {
    title,
    back: status !== 421 && why !== 'elsewhere',
    content: html`<h1>${title}</h1>
      <p>${text}</p>`,
  };
}
