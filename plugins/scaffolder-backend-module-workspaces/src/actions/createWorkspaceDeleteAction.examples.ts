import type { TemplateExample } from '@backstage/plugin-scaffolder-node';
import { stringify } from 'yaml';

export const examples: TemplateExample[] = [
  {
    description: 'A workspace with everything in it',
    example: stringify({
      steps: [
        {
          id: 'delete',
          name: 'Delete the workspace',
          action: 'workspace:delete',
          input: { workspace: 'ws-shop', confirm: 'ws-shop' },
        },
      ],
    }),
  },
  {
    description: 'Without waiting until it is gone',
    example: stringify({
      steps: [
        {
          id: 'delete',
          name: 'Start the deletion',
          action: 'workspace:delete',
          input: { workspace: 'ws-shop', confirm: 'ws-shop', wait: false },
        },
      ],
    }),
  },
];
