import { fileURLToPath } from 'node:url';

/**
 * Where Node keeps the sources as it compiled them, which halves the time to start. Beside the code, so that nobody
 * who may not change the code can change its cache. The launcher knows the place as well.
 */
export const CODE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/holdfast', import.meta.url));
