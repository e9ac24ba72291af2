import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Where the command line keeps it too. Nights begin cold, and reading the sources is most of what a small one takes.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/holdfast', import.meta.url)));
const { workForParent } = await import('./work-for-parent.ts');
workForParent();
