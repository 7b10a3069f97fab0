import type { TemplateActionOptions } from '@backstage/plugin-scaffolder-node';
import {
  buildPlatforms,
  type AppSpec,
  type BuildSecret,
  type BuildSpec,
  type DependencySpec,
  type EnvironmentVariable,
  type FileSpec,
  type MigrationSpec,
  type SourceSpec,
  type VolumeSpec,
  type WorkspaceForm,
} from '@slipway/backstage-plugin-workspaces-common';

type InputSchema = NonNullable<
  NonNullable<TemplateActionOptions['schema']>['input']
>;
/** The zod that the scaffolder hands to schemas. */
export type Zod = Parameters<Exclude<InputSchema, Function>[string]>[0];

/** Every field of a type of the API, and no other. */
type FieldsOf<T> = Record<keyof T, unknown>;

export const sizeSchema = (z: Zod) => z.enum(['small', 'medium', 'large']);

const dependencyTypeSchema = (z: Zod) => z.enum(['postgres', 'redis']);

export const sourceSchema = (z: Zod) =>
  z.object({
    type: z.enum(['git', 'zip', 'upload', 'folder']),
    url: z.string().optional().describe('git, zip: an https address'),
    revision: z
      .string()
      .optional()
      .describe('git: branch, tag or commit; the default branch if absent'),
    token: z
      .string()
      .optional()
      .describe('git, zip: id of a secret that holds the access token'),
    upload: z
      .string()
      .optional()
      .describe('upload: id that POST /sources answered'),
    folder: z
      .string()
      .optional()
      .describe('folder: an absolute path below one of the configured roots'),
    path: z
      .string()
      .optional()
      .describe('Sub path within the source; the root if absent'),
  } satisfies FieldsOf<SourceSpec>);

const volumeSizeSchema = (z: Zod) =>
  z
    .number()
    .int()
    .positive()
    .describe(
      'Room for at least so much, in GiB; it can grow and never shrinks',
    );

export const dependencySchema = (z: Zod) =>
  z.object({
    name: z
      .string()
      .optional()
      .describe('Host name within the workspace; the type if absent'),
    type: dependencyTypeSchema(z),
    version: z.string().optional().describe('Tag of the image'),
    database: z.string().optional().describe('postgres: `app` if absent'),
    username: z.string().optional().describe('postgres: `app` if absent'),
    volumeSizeGiB: volumeSizeSchema(z).optional(),
    connectionEnvironment: z
      .string()
      .optional()
      .describe('A further variable that gets the connection string'),
  } satisfies FieldsOf<DependencySpec>);

const buildSchema = (z: Zod) =>
  z.object({
    dockerfile: z
      .string()
      .optional()
      .describe('Relative to the source; needed where several are found'),
    target: z.string().optional().describe('Stage of the Dockerfile'),
    arguments: z
      .array(z.object({ name: z.string(), value: z.string() }))
      .optional(),
    secrets: z
      .array(
        z.object({
          name: z.string().describe('The id by which the Dockerfile mounts it'),
          secret: z.string().describe('Id of a secret'),
        } satisfies FieldsOf<BuildSecret>),
      )
      .optional()
      .describe('For `RUN --mount=type=secret,id=<name>`'),
    platform: z
      .enum(buildPlatforms)
      .optional()
      .describe('What machines the image is for, for example `linux/arm64`'),
    noCache: z.boolean().optional(),
  } satisfies FieldsOf<BuildSpec>);

const environmentSchema = (z: Zod) =>
  z
    .object({
      name: z.string(),
      value: z.string().optional(),
      secret: z.string().optional().describe('Id of a secret'),
    } satisfies FieldsOf<EnvironmentVariable>)
    .describe('Exactly one of `value` and `secret`');

const migrationSchema = (z: Zod) =>
  z.object({
    command: z.array(z.string()).describe('Run without a shell'),
    timeoutSeconds: z.number().int().optional().describe('600 if absent'),
  } satisfies FieldsOf<MigrationSpec>);

const fileSchema = (z: Zod) =>
  z.object({
    path: z.string().describe('Absolute path inside the container'),
    secret: z.string().describe('Id of a secret: what the file holds'),
  } satisfies FieldsOf<FileSpec>);

const volumeSchema = (z: Zod) =>
  z.object({
    name: z.string(),
    mountPath: z.string(),
    sizeGiB: volumeSizeSchema(z).optional(),
  } satisfies FieldsOf<VolumeSpec>);

export const appSchema = (z: Zod) =>
  z.object({
    name: z.string().describe('DNS label; unique within the workspace'),
    source: sourceSchema(z),
    build: buildSchema(z).optional(),
    port: z
      .number()
      .int()
      .optional()
      .describe(
        'Port inside the container; becomes the variable PORT. 8080 if absent',
      ),
    stablePort: z
      .number()
      .int()
      .optional()
      .describe('Port of the machine at which the app stays reachable'),
    healthPath: z
      .string()
      .optional()
      .describe('Must answer below 500; `/` if absent'),
    command: z
      .array(z.string())
      .optional()
      .describe("Instead of the image's own command"),
    environment: z.array(environmentSchema(z)).optional(),
    migration: migrationSchema(z).optional(),
    replicas: z.number().int().optional().describe('1 if absent'),
    files: z.array(fileSchema(z)).optional(),
    volumes: z.array(volumeSchema(z)).optional(),
    readOnlyRoot: z.boolean().optional(),
  } satisfies FieldsOf<AppSpec>);

/** The parameters of a template; those of other names are let through and not looked at. */
export const formSchema = (z: Zod) =>
  z
    .object({
      name: z.string(),
      owner: z.string().optional(),
      engine: z.string().optional(),
      size: sizeSchema(z).optional(),
      app: z
        .object({
          source: sourceSchema(z),
          dockerfile: z.string().optional(),
          port: z.number().int().optional(),
        })
        .passthrough(),
      appName: z.string().optional(),
      port: z.number().int().optional(),
      healthPath: z.string().optional(),
      dependencies: z.array(dependencyTypeSchema(z)).optional(),
      connectionEnvironment: z.string().optional(),
      migration: z.string().optional(),
      environment: z
        .array(z.object({ name: z.string(), value: z.string().optional() }))
        .optional(),
      secrets: z
        .array(z.object({ name: z.string(), secret: z.string() }))
        .optional(),
    } satisfies FieldsOf<WorkspaceForm>)
    .passthrough();
