import type { TemplateExample } from '@backstage/plugin-scaffolder-node';
import { stringify } from 'yaml';

export const examples: TemplateExample[] = [
  {
    description: 'From the form, exactly as the field WorkspacePlan showed it',
    example: stringify({
      steps: [
        {
          id: 'create',
          name: 'Create the workspace',
          action: 'workspace:create',
          input: { form: '${{ parameters }}' },
        },
      ],
    }),
  },
  {
    description: 'An app from git with a PostgreSQL, a migration and a secret',
    example: stringify({
      steps: [
        {
          id: 'create',
          name: 'Create the workspace',
          action: 'workspace:create',
          input: {
            name: 'ws-shop',
            owner: 'group:default/team-a',
            size: 'medium',
            dependencies: [{ type: 'postgres', database: 'shop' }],
            apps: [
              {
                name: 'web',
                source: {
                  type: 'git',
                  url: 'https://git.example.com/team-a/shop.git',
                  revision: 'main',
                },
                port: 3000,
                healthPath: '/health',
                environment: [
                  { name: 'MODE', value: 'demo' },
                  { name: 'API_KEY', secret: '2f6c1e0a' },
                ],
                migration: { command: ['node', 'migrate.js'] },
              },
            ],
          },
        },
      ],
    }),
  },
  {
    description: 'A workspace without apps, to add some later',
    example: stringify({
      steps: [
        {
          id: 'create',
          name: 'Create the workspace',
          action: 'workspace:create',
          input: { name: 'ws-empty' },
        },
      ],
    }),
  },
];
