import { buildPlatforms } from '@slipway/backstage-plugin-workspaces-common';
import type { z } from 'zod/v3';

/**
 * What agents may say, as the API document has it; a test holds the two together. Unknown fields
 * are refused, so that a misspelt one does not go unheard.
 */
type Zod = typeof z;

const typeChecks =
  'Which other fields belong to the type is checked, with a message that names the field.';

/** Where an app comes from. */
export const sourceInput = (zod: Zod) =>
  zod
    .object({
      type: zod
        .enum(['git', 'zip', 'upload', 'folder'])
        .describe(`Kind of the source. ${typeChecks}`),
      url: zod
        .string()
        .max(2000)
        .optional()
        .describe('git, zip: an https address, without credentials in it.'),
      revision: zod
        .string()
        .max(201)
        .optional()
        .describe('git: branch, tag or commit; the default branch if absent.'),
      token: zod
        .string()
        .max(64)
        .optional()
        .describe(
          'git, zip: id of a secret that holds the access token; never the token itself.',
        ),
      upload: zod
        .string()
        .max(64)
        .optional()
        .describe('upload: the id that an upload to the portal answered.'),
      folder: zod
        .string()
        .max(1000)
        .optional()
        .describe(
          'folder: an absolute path on the machine of the portal, below a folder that its configuration allows.',
        ),
      path: zod
        .string()
        .max(500)
        .optional()
        .describe(
          'Sub path within the source, relative, which is built; the root if absent.',
        ),
    })
    .strict();

const nameAndValue = (zod: Zod) =>
  zod
    .object({
      name: zod.string().min(1).max(200).describe('Name of the argument.'),
      value: zod.string().max(32768).describe('Its value, kept verbatim.'),
    })
    .strict();

const buildInput = (zod: Zod) =>
  zod
    .object({
      dockerfile: zod
        .string()
        .max(500)
        .optional()
        .describe('Relative to what is built; needed where several are found.'),
      target: zod
        .string()
        .max(200)
        .optional()
        .describe('Stage of the Dockerfile to build.'),
      arguments: zod
        .array(nameAndValue(zod))
        .max(100)
        .optional()
        .describe('Build arguments (ARG). They are not secret.'),
      secrets: zod
        .array(
          zod
            .object({
              name: zod
                .string()
                .min(1)
                .max(100)
                .describe('The id by which the Dockerfile mounts it.'),
              secret: zod.string().max(64).describe('Id of a secret.'),
            })
            .strict(),
        )
        .max(20)
        .optional()
        .describe('Secrets for `RUN --mount=type=secret,id=<name>`.'),
      platform: zod
        .enum(buildPlatforms)
        .optional()
        .describe(
          'What machines the image is for, instead of those like the builder.',
        ),
      noCache: zod
        .boolean()
        .optional()
        .describe('Builds every step anew; false if absent.'),
    })
    .strict();

const environmentInput = (zod: Zod) =>
  zod
    .object({
      name: zod.string().min(1).max(200).describe('Name of the variable.'),
      value: zod
        .string()
        .max(32768)
        .optional()
        .describe('A plain value. Passwords belong into a secret.'),
      secret: zod
        .string()
        .max(64)
        .optional()
        .describe('Id of a secret, instead of a value.'),
    })
    .strict();

const volumeSize = (zod: Zod) =>
  zod
    .number()
    .int()
    .min(1)
    .max(65536)
    .optional()
    .describe(
      'GiB; room for at least so much, where the engine limits volumes. It can grow and never shrinks.',
    );

const appInput = (zod: Zod) =>
  zod
    .object({
      name: zod
        .string()
        .min(1)
        .max(40)
        .describe('DNS label, unique within the workspace, e.g. "web".'),
      source: sourceInput(zod).describe('Where the app comes from.'),
      build: buildInput(zod).optional().describe('How it is built.'),
      port: zod
        .number()
        .int()
        .min(1)
        .max(65535)
        .optional()
        .describe('Port inside the container; becomes PORT. 8080 if absent.'),
      stablePort: zod
        .number()
        .int()
        .min(1)
        .max(65535)
        .optional()
        .describe(
          'Port at which the app stays reachable; the next free one if absent.',
        ),
      healthPath: zod
        .string()
        .max(500)
        .optional()
        .describe('Must answer below 500; "/" if absent.'),
      command: zod
        .array(zod.string().max(32768))
        .max(100)
        .optional()
        .describe("Instead of the image's own command."),
      environment: zod
        .array(environmentInput(zod))
        .max(200)
        .optional()
        .describe('Variables of the app.'),
      migration: zod
        .object({
          command: zod
            .array(zod.string().max(32768))
            .min(1)
            .max(100)
            .describe('Command and its arguments; no shell.'),
          timeoutSeconds: zod
            .number()
            .int()
            .min(1)
            .max(86400)
            .optional()
            .describe('600 if absent.'),
        })
        .strict()
        .optional()
        .describe("A job with the app's image, before the app is deployed."),
      replicas: zod
        .number()
        .int()
        .min(0)
        .max(20)
        .optional()
        .describe('1 if absent.'),
      volumes: zod
        .array(
          zod
            .object({
              name: zod.string().min(1).max(40).describe('Name of the volume.'),
              mountPath: zod
                .string()
                .min(1)
                .max(500)
                .describe('Absolute path inside the container.'),
              sizeGiB: volumeSize(zod),
            })
            .strict(),
        )
        .max(20)
        .optional()
        .describe('Folders that outlive releases.'),
      files: zod
        .array(
          zod
            .object({
              path: zod
                .string()
                .min(1)
                .max(500)
                .describe('Absolute path inside the container.'),
              secret: zod.string().max(64).describe('Id of a secret.'),
            })
            .strict(),
        )
        .max(20)
        .optional()
        .describe('Files with values of secrets, for the app and migration.'),
      readOnlyRoot: zod
        .boolean()
        .optional()
        .describe('Mounts the image read-only, /tmp aside; false if absent.'),
    })
    .strict();

const dependencyInput = (zod: Zod) =>
  zod
    .object({
      type: zod.enum(['postgres', 'redis']).describe('What it is.'),
      name: zod
        .string()
        .min(1)
        .max(40)
        .optional()
        .describe('Host name within the workspace; the type if absent.'),
      version: zod
        .string()
        .max(40)
        .optional()
        .describe('Tag of the image; the configured default if absent.'),
      database: zod
        .string()
        .max(63)
        .optional()
        .describe('postgres: "app" if absent.'),
      username: zod
        .string()
        .max(63)
        .optional()
        .describe('postgres: "app" if absent.'),
      volumeSizeGiB: volumeSize(zod),
      connectionEnvironment: zod
        .string()
        .max(200)
        .optional()
        .describe('A further variable that gets the connection string.'),
    })
    .strict();

/** A workspace that is to be. */
export const workspaceInput = (zod: Zod) =>
  zod
    .object({
      name: zod
        .string()
        .min(1)
        .describe('"ws-" and a DNS label, at most 43 characters: "ws-shop".'),
      owner: zod
        .string()
        .max(200)
        .optional()
        .describe(
          'Entity ref by which the user owns, e.g. "group:default/team-a"; the user if absent.',
        ),
      engine: zod
        .string()
        .max(40)
        .optional()
        .describe('Id of the engine; the only installed one if absent.'),
      size: zod
        .enum(['small', 'medium', 'large'])
        .optional()
        .describe('Size class of its containers; small if absent.'),
      dependencies: zod
        .array(dependencyInput(zod))
        .max(20)
        .optional()
        .describe('Databases and caches of the workspace.'),
      apps: zod.array(appInput(zod)).max(20).optional().describe('Its apps.'),
    })
    .strict();
