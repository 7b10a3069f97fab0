module.exports = require('@backstage/cli/config/eslint-factory')(__dirname, {
  overrides: [
    {
      // Tests that are exported: engines call them with a place of their own.
      files: ['src/contract/**'],
      rules: { 'jest/no-export': 'off' },
    },
  ],
});
