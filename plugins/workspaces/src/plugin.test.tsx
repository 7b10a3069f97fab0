import { coreExtensionData } from '@backstage/frontend-plugin-api';
import { createExtensionTester } from '@backstage/frontend-test-utils';
import {
  EntityCardBlueprint,
  EntityContentBlueprint,
} from '@backstage/plugin-catalog-react/alpha';
import { entity } from './__testUtils__/data';
import { workspacesPlugin } from './plugin';
import { doctorRouteRef, workspacesRouteRef } from './routes';

const ofNoWorkspace = { ...entity, metadata: { name: 'other' } };

describe('workspacesPlugin', () => {
  it.each([
    ['entity-content:workspaces/workspace', 'Workspace'],
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
      expect(isShown(ofNoWorkspace)).toBe(false);
    },
  );

  it('shows a card on the overview of entities of a workspace only', () => {
    const tester = createExtensionTester(
      workspacesPlugin.getExtension('entity-card:workspaces/workspace'),
    );
    expect(tester.get(EntityCardBlueprint.dataRefs.type)).toBe('info');
    const isShown = tester.get(EntityCardBlueprint.dataRefs.filterFunction)!;
    expect(isShown(entity)).toBe(true);
    expect(isShown(ofNoWorkspace)).toBe(false);
  });

  // The sidebar shows pages that have a title, an icon and a route.
  it.each([
    ['page:workspaces', 'Workspaces', '/workspaces', workspacesRouteRef],
    ['page:workspaces/doctor', 'Doctor', '/doctor', doctorRouteRef],
  ] as const)(
    'has the page %s, which the sidebar shows',
    (id, title, path, routeRef) => {
      const tester = createExtensionTester(workspacesPlugin.getExtension(id));
      expect(tester.get(coreExtensionData.title)).toBe(title);
      expect(tester.get(coreExtensionData.icon)).toBeDefined();
      expect(tester.get(coreExtensionData.routePath)).toBe(path);
      expect(tester.get(coreExtensionData.routeRef)).toBe(routeRef);
    },
  );
});
