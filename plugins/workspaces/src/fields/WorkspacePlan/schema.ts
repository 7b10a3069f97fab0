import { makeFieldSchema } from '@backstage/plugin-scaffolder-react';

export const workspacePlanSchema = makeFieldSchema({
  output: z => z.object({}).describe('Nothing: the field only shows'),
});
