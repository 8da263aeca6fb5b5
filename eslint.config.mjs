import eslint from "@eslint/js";
import boundaries from "eslint-plugin-boundaries";
import tseslint from "typescript-eslint";

/**
 * The folders of the project and what each may import (DESIGN: config -> components -> handlers, never back).
 * `components` and `handlers` are what is deployed: they know nothing of how, where and by whom.
 * @type {Record<string, readonly string[]>}
 */
const LAYERS = {
  handlers: ["handlers"],
  components: ["components", "handlers"],
  "local-cloud": ["local-cloud"],
  policy: ["policy", "components"],
  automation: ["automation", "components", "handlers", "local-cloud", "policy"],
  bench: ["bench", "automation", "components", "handlers", "local-cloud"],
  test: ["test", "bench", "automation", "components", "handlers", "local-cloud", "policy"],
};
/** The files at the top: their names, and the layers that may import them. */
const TOP_FILES = {
  config: { pattern: "config*.ts", importers: ["policy", "automation", "bench", "test"] },
  index: { pattern: "index.ts", importers: ["automation", "bench", "test"] },
};

const layering = {
  files: ["**/*.ts"],
  plugins: { boundaries },
  settings: {
    "boundaries/root-path": import.meta.dirname,
    // Only at the top of the project: test/unit/components is a test.
    "boundaries/elements": Object.keys(LAYERS).map((type) => ({ type, pattern: type, partialMatch: false })),
    "boundaries/files": Object.entries(TOP_FILES).map(([category, { pattern }]) => ({ category, pattern })),
    "boundaries/dependency-nodes": ["import", "dynamic-import", "export", "require"],
    "import/resolver": { node: { extensions: [".ts", ".mjs", ".cjs", ".js", ".json"] } },
  },
  rules: {
    "boundaries/dependencies": [
      "error",
      {
        default: "disallow",
        message:
          "{{dependency.source}} is not for this layer: imports point config -> components -> handlers, " +
          "never back. Pass what is needed as an argument, or move it to the layer that may know it.",
        policies: [
          ...Object.entries(LAYERS).map(([type, imports]) => ({
            from: { element: { type } },
            allow: { to: { element: { types: { anyOf: imports } } } },
          })),
          ...Object.entries(TOP_FILES).map(([category, { importers }]) => ({
            from: { element: { types: { anyOf: importers } } },
            allow: { to: { file: { categories: category } } },
          })),
          {
            from: { file: { categories: ["index", "config"] } },
            allow: { to: { file: { categories: "config" } } },
          },
          {
            from: { file: { categories: ["index", "config"] } },
            allow: { to: { element: { type: "components" } } },
          },
          // Packages are everybody's; what handlers may not import is said below.
          { allow: { to: { module: { origin: ["external", "core"] } } } },
        ],
      },
    ],
  },
};

const NO_ENVIRONMENT = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: "Only config.ts decides what a deployment is made of. Take the value as an argument.",
};
const NO_PULUMI_CONFIG = {
  selector: "NewExpression[callee.property.name='Config'], NewExpression[callee.name='Config']",
  message: "Only config.ts reads pulumi.Config. Take the value as an argument.",
};
const NO_STACK_NAME = {
  selector: "CallExpression[callee.property.name=/^get(Stack|Project|Organization)$/]",
  message: "A component knows no stack: take a name or a tag as an argument.",
};

export default tseslint.config(
  { ignores: ["node_modules/", ".venv/", ".cache/", ".clickstream/", "build/", "dist/", "coverage/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": [
        "error",
        // `import("x").Y` names a type of a module that is loaded late on purpose.
        { fixStyle: "inline-type-imports", disallowTypeAnnotations: false },
      ],
      // An interface of promises is met by `async` alone, which also turns a throw into a rejection.
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/prefer-nullish-coalescing": ["error", { ignorePrimitives: { boolean: true } }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    rules: {
      eqeqeq: ["error", "always"],
      "max-lines": ["error", { max: 300 }],
      "no-console": "error",
      "prefer-const": "error",
    },
  },
  layering,
  {
    files: ["handlers/**/*.ts"],
    rules: {
      // Lambda keeps what is written to the console; the environment is how a function gets its settings.
      "no-console": "off",
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: ["@pulumi/*"],
              message: "A handler runs inside Lambda, where Pulumi does not exist: take plain values as arguments.",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["index.ts", "config-*.ts"],
    rules: { "no-restricted-syntax": ["error", NO_ENVIRONMENT, NO_PULUMI_CONFIG] },
  },
  {
    files: ["components/**/*.ts"],
    rules: { "no-restricted-syntax": ["error", NO_ENVIRONMENT, NO_PULUMI_CONFIG, NO_STACK_NAME] },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // chai's `expect(x).to.be.true` is an expression that does something.
      "@typescript-eslint/no-unused-expressions": "off",
    },
  },
  {
    files: ["**/*.mjs", "**/*.cjs"],
    languageOptions: {
      globals: Object.fromEntries(
        ["process", "setTimeout", "clearTimeout", "setInterval", "clearInterval", "URL", "require", "module"].map(
          (name) => [name, "readonly"],
        ),
      ),
    },
  },
);
