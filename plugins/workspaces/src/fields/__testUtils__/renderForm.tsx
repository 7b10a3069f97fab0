import { mockApis, renderInTestApp } from '@backstage/frontend-test-utils';
import { SecretsContextProvider } from '@backstage/plugin-scaffolder-react';
import { Stepper } from '@backstage/plugin-scaffolder-react/alpha';
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { workspacesApiRef } from '../../api';
import { validateWorkspacePlan } from '../WorkspacePlan/validation';
import { WorkspacePlan } from '../WorkspacePlan/WorkspacePlan';
import { validateWorkspaceSecrets } from '../WorkspaceSecrets/validation';
import { WorkspaceSecrets } from '../WorkspaceSecrets/WorkspaceSecrets';
import { validateWorkspaceSource } from '../WorkspaceSource/validation';
import { WorkspaceSource } from '../WorkspaceSource/WorkspaceSource';

const extensions = [
  {
    name: 'WorkspaceSource',
    component: WorkspaceSource,
    validation: validateWorkspaceSource,
  },
  {
    name: 'WorkspaceSecrets',
    component: WorkspaceSecrets,
    validation: validateWorkspaceSecrets,
  },
  {
    name: 'WorkspacePlan',
    component: WorkspacePlan,
    validation: validateWorkspacePlan,
  },
];

/** The pages of a template: the properties of each. */
type Pages = Record<string, object>[];

/**
 * The form of a template as the scaffolder draws it, with our fields. `onCreate` gets what was
 * filled in when the button "Create" is pressed.
 */
export function renderForm(
  pages: Pages,
  options: { api: FakeWorkspacesApi; formData?: Record<string, unknown> },
) {
  const onCreate = jest.fn(async () => {});
  renderInTestApp(
    <SecretsContextProvider>
      <Stepper
        manifest={{
          title: 'New workspace app',
          steps: pages.map((properties, index) => ({
            title: `Page ${index + 1}`,
            schema: { type: 'object', properties },
          })),
        }}
        extensions={extensions as never}
        initialState={options.formData as never}
        onCreate={onCreate}
      />
    </SecretsContextProvider>,
    {
      apis: [
        [workspacesApiRef, options.api],
        mockApis.identity({ userEntityRef: 'user:default/guest' }),
      ],
    },
  );
  return { onCreate };
}

/** Goes to the next page, or from the last one to the review. */
export async function goOn(): Promise<void> {
  await userEvent.click(
    screen.getByRole('button', { name: /^(Next|Review)$/ }),
  );
}

/** Goes on from the last page, creates, and answers what was filled in. */
export async function create(
  onCreate: jest.Mock,
): Promise<Record<string, unknown>> {
  await goOn();
  await userEvent.click(await screen.findByRole('button', { name: 'Create' }));
  return onCreate.mock.calls[0][0];
}

export const sourcePage = {
  app: { title: 'Source', type: 'object', 'ui:field': 'WorkspaceSource' },
};

export const secretsPage = {
  secrets: { title: 'Secrets', type: 'array', 'ui:field': 'WorkspaceSecrets' },
};

export const planPage = {
  plan: { title: 'Plan', type: 'object', 'ui:field': 'WorkspacePlan' },
};
