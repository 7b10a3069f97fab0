import type { TemplateExample } from '@backstage/plugin-scaffolder-node';
import { stringify } from 'yaml';

export const examples: TemplateExample[] = [
  {
    description: 'All apps of a workspace; the step ends when they answer',
    example: stringify({
      steps: [
        {
          id: 'deploy',
          name: 'Deploy',
          action: 'workspace:deploy',
          input: { workspace: 'ws-shop', reason: 'First deployment' },
        },
      ],
    }),
  },
  {
    description: 'One app from another branch',
    example: stringify({
      steps: [
        {
          id: 'deploy',
          name: 'Deploy the branch',
          action: 'workspace:deploy',
          input: {
            workspace: 'ws-shop',
            apps: [
              {
                name: 'web',
                source: {
                  type: 'git',
                  url: 'https://git.example.com/team-a/shop.git',
                  revision: 'next',
                },
              },
            ],
          },
        },
      ],
    }),
  },
  {
    description: 'Without waiting: the step ends with the link to the run',
    example: stringify({
      steps: [
        {
          id: 'deploy',
          name: 'Start the deployment',
          action: 'workspace:deploy',
          input: { workspace: 'ws-shop', wait: false },
        },
      ],
    }),
  },
];
