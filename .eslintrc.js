/** @type {import('eslint').Linter.Config} */
module.exports = {
  root: true,
};
