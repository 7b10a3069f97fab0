// These are scripts like those in `scripts`, and stand on the same helpers:
// they run before any package is installed.
module.exports = {
  rules: { '@backstage/no-relative-monorepo-imports': 'off' },
};
