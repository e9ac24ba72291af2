import type { Endpoint } from './call.ts';
import { contactEndpoints } from './contacts.ts';
import { documentEndpoints } from './documents.ts';
import { groupEndpoints } from './groups.ts';
import { historyEndpoints } from './history.ts';
import { emailEndpoints } from './invoice-email.ts';
import { settingsEndpoints } from './settings.ts';

/** Every operation of the Accounting API that is played; a test holds each to Xero's OpenAPI file. */
export const xeroEndpoints: readonly Endpoint[] = [
  ...contactEndpoints,
  ...groupEndpoints,
  ...documentEndpoints,
  ...historyEndpoints,
  ...emailEndpoints,
  ...settingsEndpoints,
];
