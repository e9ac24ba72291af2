import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const PRODUCT = ['src/**/*.ts', 'connectors/**/*.ts', 'emulator/**/*.ts'];
const PLAIN = ['scripts/**/*.js', 'bin/**/*.js', '*.config.js'];

/** What the plain scripts use of Node's global names. */
const NODE_GLOBALS = Object.fromEntries(
  ['process', 'console', 'URL', 'setTimeout', 'clearTimeout'].map((name) => [name, 'readonly']),
);

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', '.demo/', 'test-output/', 'src/web/assets/'] },
  { linterOptions: { noInlineConfig: true } },
  {
    files: ['**/*.ts'],
    extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // `== null` is the one way to ask for null and undefined together.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'prefer-const': 'error',
      // The vendors' SDKs take plain objects where their types name classes.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A record of a platform is a bag of fields by name; taking one out is not a mistake.
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      // A number or a boolean in a sentence is what templates are for; objects and nullish values still fail.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // Its author marks it so that it stands out; the connector calls it for loopback addresses only.
      '@typescript-eslint/no-deprecated': [
        'error',
        { allow: [{ from: 'package', package: 'openid-client', name: 'allowInsecureRequests' }] },
      ],
      // `() => log.info(…)` in a callback reads well and hides nothing.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // A port says Promise; an implementation that happens to need no await still has to be async.
      '@typescript-eslint/require-await': 'off',
      // `get<T>(…)` names the shape of a row that is read back from text.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // A look into a possibly hostile reply is checked at run time even where the types say that it is fine.
      '@typescript-eslint/no-unnecessary-condition': 'off',
    },
  },
  {
    files: PRODUCT,
    rules: {
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      complexity: ['error', { max: 15 }],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'TSEnumDeclaration',
          message: 'Node strips types and cannot run an enum: use a union of strings.',
        },
        {
          selector: 'ExportDefaultDeclaration',
          message: 'Export by name, so that one thing has one name everywhere.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // expect(spy.method) and `it` callbacks are not calls that lose `this`.
      '@typescript-eslint/unbound-method': 'off',
      // A test that takes the third invoice of a known world says so more plainly with `!` than with a branch.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: PLAIN,
    extends: [eslint.configs.recommended],
    languageOptions: { globals: NODE_GLOBALS, sourceType: 'module', ecmaVersion: 2023 },
    rules: { eqeqeq: 'error', 'prefer-const': 'error' },
  },
);
