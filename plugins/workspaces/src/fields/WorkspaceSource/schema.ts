import { makeFieldSchema } from '@backstage/plugin-scaffolder-react';

export const workspaceSourceSchema = makeFieldSchema({
  output: z =>
    z.object({
      source: z
        .object({
          type: z.enum(['git', 'upload', 'zip', 'folder']),
          url: z.string().optional(),
          revision: z.string().optional(),
          token: z.string().optional().describe('Id of a secret'),
          upload: z.string().optional().describe('Id of an upload'),
          folder: z.string().optional(),
          path: z.string().optional(),
        })
        .optional()
        .describe('Where the app comes from, as the API takes it'),
      dockerfile: z
        .string()
        .optional()
        .describe('The one that was chosen, where there are several'),
      port: z.number().optional().describe('From EXPOSE; absent if none'),
      filename: z.string().optional().describe('Of the upload'),
    }),
});

/** What the field answers; nothing of it is there before something was entered. */
export type SourceValue = typeof workspaceSourceSchema.TOutput;
