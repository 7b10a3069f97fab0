import type { Entity } from '@backstage/catalog-model';
import { renderInTestApp } from '@backstage/frontend-test-utils';
import {
  EntityProvider,
  entityRouteRef,
} from '@backstage/plugin-catalog-react';
import { workspacesApiRef } from '../api';
import { entity } from './data';
import type { FakeWorkspacesApi } from './FakeWorkspacesApi';

const entityPath = '/catalog/default/component/guestbook';

/** Renders a tab of the guestbook's entity at an address below it, such as `builds/2?stage=build`. */
export function renderTab(
  tab: JSX.Element,
  options: { api: FakeWorkspacesApi; at: string; ofEntity?: Entity },
) {
  const [path] = options.at.split(/[/?]/);
  return renderInTestApp(
    <EntityProvider entity={options.ofEntity ?? entity}>{tab}</EntityProvider>,
    {
      apis: [[workspacesApiRef, options.api]],
      mountedRoutes: { '/catalog/:namespace/:kind/:name': entityRouteRef },
      mountPath: `${entityPath}/${path}/*`,
      initialRouteEntries: [`${entityPath}/${options.at}`],
    },
  );
}
