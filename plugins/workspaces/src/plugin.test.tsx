import { createExtensionTester } from '@backstage/frontend-test-utils';
import { EntityContentBlueprint } from '@backstage/plugin-catalog-react/alpha';
import { entity } from './__testUtils__/data';
import { workspacesPlugin } from './plugin';

describe('workspacesPlugin', () => {
  it.each([
    ['entity-content:workspaces/builds', 'Builds'],
    ['entity-content:workspaces/endpoints', 'Endpoints'],
  ] as const)(
    'shows the tab %s on entities of a workspace only',
    (id, title) => {
      const tester = createExtensionTester(workspacesPlugin.getExtension(id));
      expect(tester.get(EntityContentBlueprint.dataRefs.title)).toBe(title);
      const isShown = tester.get(
        EntityContentBlueprint.dataRefs.filterFunction,
      )!;
      expect(isShown(entity)).toBe(true);
      expect(isShown({ ...entity, metadata: { name: 'other' } })).toBe(false);
    },
  );
});
