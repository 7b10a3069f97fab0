/**
 * The arrows of the house: which package of the family may import which, and
 * which libraries stay out of a room. Everything not listed is refused.
 *
 * @see docs/architecture.md
 */
const PREFIX = '@slipway/backstage-plugin-';

const arrows = {
  'workspaces-common': [],
  'workspaces-node': ['workspaces-common'],
  workspaces: ['workspaces-common'],
  'workspaces-backend': ['workspaces-common', 'workspaces-node'],
  'workspaces-backend-module-local': ['workspaces-common', 'workspaces-node'],
  'workspaces-backend-module-kubernetes': [
    'workspaces-common',
    'workspaces-node',
  ],
  'catalog-backend-module-workspaces': ['workspaces-common', 'workspaces-node'],
  'scaffolder-backend-module-workspaces': [
    'workspaces-common',
    'workspaces-node',
  ],
  'search-backend-module-workspaces': ['workspaces-common', 'workspaces-node'],
};

/** The core knows no engine, and neither do the ports. */
const engineClients = ['dockerode', '@kubernetes/client-node'];
const withoutEngineClients = [
  'workspaces',
  'workspaces-common',
  'workspaces-node',
  'workspaces-backend',
  'catalog-backend-module-workspaces',
  'scaffolder-backend-module-workspaces',
  'search-backend-module-workspaces',
];

/** Focus moves by intent in dialogs and in fields that take each other's place; a page must not grab it. */
const dialogRules = {
  'jsx-a11y/no-autofocus': ['error', { ignoreNonDOM: true }],
};

/** The ESLint configuration of a package of the family, with its arrows held. */
module.exports = function packageConfig(directory) {
  const folder = require('node:path').basename(directory);
  const forbidden = Object.keys(arrows)
    .filter(name => name !== folder && !arrows[folder].includes(name))
    .flatMap(name => [PREFIX + name, `${PREFIX + name}/*`]);
  const clients = withoutEngineClients.includes(folder) ? engineClients : [];
  return require('@backstage/cli/config/eslint-factory')(directory, {
    restrictedImportPatterns: [...forbidden, ...clients],
    rules: folder === 'workspaces' ? dialogRules : {},
  });
};
