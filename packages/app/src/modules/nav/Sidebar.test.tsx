import {
  createExtensionTester,
  mockApis,
  renderInTestApp,
} from '@backstage/frontend-test-utils';
import { NavContentBlueprint } from '@backstage/plugin-app-react';
import { notificationsApiRef } from '@backstage/plugin-notifications';
import { screen } from '@testing-library/react';
import { SidebarContent } from './Sidebar';

type NavContent = Parameters<ReturnType<typeof navContent>>[0];

function navContent() {
  return createExtensionTester(SidebarContent).get(
    NavContentBlueprint.dataRefs.component,
  );
}

/** Pages as the app finds them, by their id and title. */
function navItems(pages: Record<string, string>): NavContent['navItems'] {
  const left = new Map(Object.entries(pages));
  const link = (title: string) => (
    <a key={title} href={`/${title}`}>
      {title}
    </a>
  );
  const rendered = {
    take(id: string) {
      const title = left.get(id);
      left.delete(id);
      return title ? link(title) : null;
    },
    rest: () => [...left.values()].map(link),
  };
  return { withComponent: () => rendered } as unknown as NavContent['navItems'];
}

describe('the sidebar', () => {
  it('leads to the workspaces and to the doctor, before what else is installed', async () => {
    const Content = navContent();
    renderInTestApp(
      <Content
        items={[]}
        navItems={navItems({
          'page:other': 'Other',
          'page:workspaces/doctor': 'Doctor',
          'page:workspaces': 'Workspaces',
          'page:catalog': 'Catalog',
        })}
      />,
      {
        apis: [
          mockApis.identity(),
          [
            notificationsApiRef,
            { getStatus: async () => ({ unread: 0, read: 0 }) },
          ],
        ],
      },
    );
    await screen.findByRole('link', { name: 'Workspaces' });
    const names = screen
      .getAllByRole('link')
      .map(link => link.textContent)
      .filter(name => name && /Catalog|Workspaces|Doctor|Other/.test(name));
    expect(names).toEqual(['Catalog', 'Workspaces', 'Doctor', 'Other']);
  });
});
