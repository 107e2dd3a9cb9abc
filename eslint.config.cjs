// Rules of ESLint for every script of the project; `make lint` runs it.
const js = require("@eslint/js");
const globals = require("globals");

const RULES = {
  ...js.configs.recommended.rules,
  "array-callback-return": "error",
  curly: ["error", "multi-line"],
  eqeqeq: "error",
  "no-eval": "error",
  "no-implicit-globals": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  // globals of the browser that a forgotten import or declaration would silently mean
  "no-restricted-globals": [
    "error",
    ...["event", "find", "length", "name", "open", "origin", "parent", "status", "stop", "top"],
  ],
  "no-script-url": "error",
  "no-self-compare": "error",
  "no-throw-literal": "error",
  "no-unmodified-loop-condition": "error",
  // a `catch` without a name is newer than what old phones read
  "no-unused-vars": ["error", { caughtErrors: "none" }],
  "no-use-before-define": ["error", { variables: false }],
  "no-useless-return": "error",
  "no-var": "error",
  "prefer-const": "error",
};

// Scripts are served in the syntax they are written in. One that is newer than 2018 (object spread)
// would stop the whole script on an old phone. Strict mode is implied: what it forbids is an error
// here, and needs no byte on the wire.
const served = (files, known, more = {}) => ({
  files,
  rules: RULES,
  languageOptions: {
    ecmaVersion: 2018,
    sourceType: "script",
    parserOptions: { ecmaFeatures: { impliedStrict: true } },
    globals: known,
    ...more,
  },
});

// A Jinja template: each {{ ... }} stands for a value, here a number of the same length.
const jinja = {
  preprocess: (text) => [text.replace(/\{\{.*?\}\}/g, (value) => "0".padEnd(value.length))],
  postprocess: (messages) => messages.flat(),
};

module.exports = [
  { ignores: ["**/.venv/", "**/node_modules/", "data/", "web/dist*/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  { ...served(["web/static/*.js"], globals.browser), ignores: ["web/static/solver.js"] },
  served(["web/static/solver.js"], globals.worker),
  served(["web/static/*/*.js"], globals.browser, { sourceType: "module", parserOptions: {} }),
  { ...served(["web/templates/sw.js"], globals.serviceworker), processor: jinja },
  {
    files: ["**/*.cjs", "**/*.mjs"],
    rules: RULES,
    languageOptions: { globals: globals.node },
  },
];
