export { Html, html, type Child } from '../lib/index.ts';
