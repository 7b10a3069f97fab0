import { makeFieldSchema } from '@backstage/plugin-scaffolder-react';

export const workspaceSecretsSchema = makeFieldSchema({
  output: z =>
    z
      .array(
        z.object({
          name: z.string().describe('Name of an environment variable'),
          secret: z
            .string()
            .describe('Id of a secret; empty as long as its value is missing'),
        }),
      )
      .describe('Environment variables, as the API takes them'),
});

/** What the field answers: names and ids, never values. */
export type SecretVariables = typeof workspaceSecretsSchema.TOutput;
