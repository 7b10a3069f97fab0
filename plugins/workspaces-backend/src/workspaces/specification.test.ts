import { ConfigReader } from '@backstage/config';
import type {
  AppSpec,
  DependencySpec,
} from '@slipway/backstage-plugin-workspaces-common';
import { readWorkspaceSettings } from './settings';
import { checkSpecification, type SpecificationContext } from './specification';

const able: SpecificationContext = {
  engineId: 'local',
  engine: {
    dependencies: ['postgres', 'redis'],
    readOnlyRoot: true,
    volumes: true,
    replicas: true,
    isolation: true,
    gateway: true,
  },
  builder: { secrets: true },
  settings: readWorkspaceSettings(new ConfigReader({})),
};
const unable: SpecificationContext = {
  ...able,
  engine: {
    ...able.engine,
    dependencies: ['redis'],
    readOnlyRoot: false,
    volumes: false,
    replicas: false,
    gateway: false,
  },
  builder: { secrets: false },
};

const app = (more: Partial<AppSpec> = {}): AppSpec => ({
  name: 'web',
  source: { type: 'upload', upload: 'u' },
  ...more,
});

function check(
  given: {
    name?: string;
    apps?: AppSpec[];
    dependencies?: (DependencySpec & { name: string })[];
  },
  context = able,
) {
  return () =>
    checkSpecification(
      {
        name: given.name ?? 'ws-demo',
        apps: (given.apps ?? []).map((spec, index) => ({
          field: `apps[${index}]`,
          spec,
        })),
        dependencies: (given.dependencies ?? []).map((spec, index) => ({
          field: `dependencies[${index}]`,
          spec,
        })),
      },
      context,
    );
}

describe('the check of a specification', () => {
  it('lets through what is usual', () => {
    const everything = app({
      port: 3000,
      stablePort: 18001,
      healthPath: '/health?deep=1',
      command: ['node', 'server.js', ''],
      environment: [
        { name: 'EMPTY', value: '' },
        { name: 'TOKEN', secret: 's' },
        { name: 'Logging__LogLevel__Default', value: 'x' },
      ],
      build: {
        dockerfile: 'docker/Dockerfile',
        target: 'run-time',
        arguments: [{ name: 'A_1', value: '' }],
        secrets: [{ name: 'npm_token', secret: 's' }],
        platform: 'linux/arm64',
      },
      migration: { command: ['npm', 'run', 'migrate'] },
      replicas: 2,
      volumes: [{ name: 'data', mountPath: '/var/lib/data' }],
      files: [{ path: '/var/lib/data-key', secret: 's' }],
      readOnlyRoot: true,
    });
    const dependencies = [
      {
        type: 'postgres' as const,
        name: 'postgres',
        version: '15.4-bookworm',
        database: 'a_b',
        username: 'a-b',
      },
      { type: 'postgres' as const, name: 'orders' },
      {
        type: 'redis' as const,
        name: 'redis',
        connectionEnvironment: 'ConnectionStrings__Cache',
      },
    ];
    expect(
      check({ apps: [everything, app({ name: 'api' })], dependencies }),
    ).not.toThrow();
  });

  it.each<[string, Parameters<typeof check>[0]]>([
    [
      'apps[0].name: its entity would be named',
      { name: `ws-${'w'.repeat(40)}`, apps: [app({ name: 'a'.repeat(40) })] },
    ],
    [
      'apps[0].healthPath: "health" must begin with "/"',
      { apps: [app({ healthPath: 'health' })] },
    ],
    [
      'apps[0].healthPath: "/a b" must',
      { apps: [app({ healthPath: '/a b' })] },
    ],
    [
      'apps[0].build.dockerfile: "../Dockerfile" must be a relative path without ".."',
      { apps: [app({ build: { dockerfile: '../Dockerfile' } })] },
    ],
    [
      'apps[0].build.dockerfile: "/etc/passwd"',
      { apps: [app({ build: { dockerfile: '/etc/passwd' } })] },
    ],
    [
      'apps[0].build.dockerfile: "a\\..\\b"',
      { apps: [app({ build: { dockerfile: 'a\\..\\b' } })] },
    ],
    [
      'apps[0].build.target: "a b" is not the name of a build stage',
      { apps: [app({ build: { target: 'a b' } })] },
    ],
    [
      'apps[0].build.arguments[0].name: "a-b" must be letters',
      { apps: [app({ build: { arguments: [{ name: 'a-b', value: '' }] } })] },
    ],
    [
      'apps[0].files[0].path: "app/key" must be an absolute path',
      { apps: [app({ files: [{ path: 'app/key', secret: 's' }] })] },
    ],
    [
      'apps[0].files[0].path: "/key" must lie in a folder, for example "/app/key"',
      { apps: [app({ files: [{ path: '/key', secret: 's' }] })] },
    ],
    [
      'apps[0].files[0].path: "/proc/self/key" is the container\'s own',
      { apps: [app({ files: [{ path: '/proc/self/key', secret: 's' }] })] },
    ],
    [
      'apps[0].files[0].path: "/data/key" lies on the volume "data"',
      {
        apps: [
          app({
            files: [{ path: '/data/key', secret: 's' }],
            volumes: [{ name: 'data', mountPath: '/data' }],
          }),
        ],
      },
    ],
    [
      'apps[0].files[0].path: "/var/data" is where the volume "uploads" lies',
      {
        apps: [
          app({
            files: [{ path: '/var/data', secret: 's' }],
            volumes: [{ name: 'uploads', mountPath: '/var/data/uploads' }],
          }),
        ],
      },
    ],
    [
      'apps[0].files[0].path: "/etc/hosts" is the container\'s own',
      { apps: [app({ files: [{ path: '/etc/hosts', secret: 's' }] })] },
    ],
    [
      'apps[0].files[1].path: "/app/key/a" lies below the file "/app/key"',
      {
        apps: [
          app({
            files: [
              { path: '/app/key', secret: 's' },
              { path: '/app/key/a', secret: 's' },
            ],
          }),
        ],
      },
    ],
    [
      'apps[0].files[1].path: "/app/key" is there twice',
      {
        apps: [
          app({
            files: [
              { path: '/app/key', secret: 's' },
              { path: '/app/key', secret: 't' },
            ],
          }),
        ],
      },
    ],
    [
      'apps[0].build.secrets[0].name: "a,src=/etc/passwd" must be letters',
      {
        apps: [
          app({
            build: { secrets: [{ name: 'a,src=/etc/passwd', secret: 's' }] },
          }),
        ],
      },
    ],
    [
      'apps[0].build.secrets[0].name: ".." must be letters',
      { apps: [app({ build: { secrets: [{ name: '..', secret: 's' }] } })] },
    ],
    [
      'apps[0].build.secrets[1].name: "npm" is there twice',
      {
        apps: [
          app({
            build: {
              secrets: [
                { name: 'npm', secret: 's' },
                { name: 'npm', secret: 't' },
              ],
            },
          }),
        ],
      },
    ],
    [
      'apps[0].build.arguments[1].name: "A" is there twice',
      {
        apps: [
          app({
            build: {
              arguments: [
                { name: 'A', value: '' },
                { name: 'A', value: '' },
              ],
            },
          }),
        ],
      },
    ],
    [
      'apps[0].volumes[0].name: "a_b"',
      { apps: [app({ volumes: [{ name: 'a_b', mountPath: '/a' }] })] },
    ],
    [
      'apps[0].volumes[0].mountPath: "/a/../b" must be an absolute path',
      { apps: [app({ volumes: [{ name: 'a', mountPath: '/a/../b' }] })] },
    ],
    [
      'apps[0].volumes[0].mountPath: "/"',
      { apps: [app({ volumes: [{ name: 'a', mountPath: '/' }] })] },
    ],
    [
      'apps[0].volumes[0].mountPath: "a"',
      { apps: [app({ volumes: [{ name: 'a', mountPath: 'a' }] })] },
    ],
    [
      'apps[0].volumes[0].mountPath: "/a:/b"',
      { apps: [app({ volumes: [{ name: 'a', mountPath: '/a:/b' }] })] },
    ],
    [
      'apps[0].volumes[1].name: "a" is there twice',
      {
        apps: [
          app({
            volumes: [
              { name: 'a', mountPath: '/a' },
              { name: 'a', mountPath: '/b' },
            ],
          }),
        ],
      },
    ],
    [
      'apps[0].volumes[1].mountPath: "/a" is there twice',
      {
        apps: [
          app({
            volumes: [
              { name: 'a', mountPath: '/a' },
              { name: 'b', mountPath: '/a' },
            ],
          }),
        ],
      },
    ],
    [
      'apps[1].stablePort: 18001 is wished for by two apps',
      {
        apps: [
          app({ stablePort: 18001 }),
          app({ name: 'api', stablePort: 18001 }),
        ],
      },
    ],
    [
      'apps[0].environment[0].name: "1A" is not the name of an environment variable',
      { apps: [app({ environment: [{ name: '1A', value: '' }] })] },
    ],
    [
      'apps[0].environment[0]: "A" must have exactly one of value and secret',
      { apps: [app({ environment: [{ name: 'A' }] })] },
    ],
    [
      'apps[0].environment[0]: "A" must have exactly one of value and secret',
      { apps: [app({ environment: [{ name: 'A', value: '', secret: 's' }] })] },
    ],
    [
      'apps[0].environment[1].name: "A" is there twice',
      {
        apps: [
          app({
            environment: [
              { name: 'A', value: '' },
              { name: 'A', secret: 's' },
            ],
          }),
        ],
      },
    ],
    [
      'apps[0].environment[0].name: "REDIS_URL" is set by Slipway',
      {
        apps: [app({ environment: [{ name: 'REDIS_URL', value: '' }] })],
        dependencies: [{ type: 'redis', name: 'redis' }],
      },
    ],
    [
      'dependencies[0].name: "Postgres" must be',
      { dependencies: [{ type: 'postgres', name: 'Postgres' }] },
    ],
    [
      'dependencies[1].name: "redis" is the name of an app or dependency',
      {
        dependencies: [
          { type: 'redis', name: 'redis' },
          { type: 'redis', name: 'redis' },
        ],
      },
    ],
    [
      'dependencies[0].version: "15;rm" is not the tag of an image',
      { dependencies: [{ type: 'postgres', name: 'db', version: '15;rm' }] },
    ],
    [
      'dependencies[0].database: "a;b" must be 1 to 63',
      { dependencies: [{ type: 'postgres', name: 'db', database: 'a;b' }] },
    ],
    [
      'dependencies[0].username: "{raw}" must be',
      { dependencies: [{ type: 'postgres', name: 'db', username: '{raw}' }] },
    ],
    [
      'dependencies[0].database: only a postgres has a database',
      { dependencies: [{ type: 'redis', name: 'redis', database: 'a' }] },
    ],
    [
      'dependencies[0].connectionEnvironment: "a-b" is not the name',
      {
        dependencies: [
          { type: 'redis', name: 'redis', connectionEnvironment: 'a-b' },
        ],
      },
    ],
    [
      'the variable PORT would be set twice',
      {
        apps: [app()],
        dependencies: [
          { type: 'redis', name: 'redis', connectionEnvironment: 'PORT' },
        ],
      },
    ],
  ])('refuses with "%s"', (message, given) => {
    expect(check(given)).toThrow(message);
  });

  it.each<[string, Parameters<typeof check>[0]]>([
    [
      'dependencies[0].type: the engine "local" has no postgres; accepted are redis',
      { dependencies: [{ type: 'postgres', name: 'db' }] },
    ],
    [
      'apps[0].build.secrets: the engine "local" cannot mount secrets into a build; leave the field out',
      {
        apps: [app({ build: { secrets: [{ name: 'npm', secret: 's' }] } })],
      },
    ],
    [
      'apps[0].volumes: the engine "local" cannot keep volumes; leave the field out',
      { apps: [app({ volumes: [{ name: 'a', mountPath: '/a' }] })] },
    ],
    [
      'apps[0].replicas: the engine "local" cannot run more than one replica',
      { apps: [app({ replicas: 2 })] },
    ],
    [
      'apps[0].readOnlyRoot: the engine "local" cannot mount an image read-only',
      { apps: [app({ readOnlyRoot: true })] },
    ],
    [
      'apps[0].stablePort: the engine "local" cannot give an app a stable port',
      { apps: [app({ stablePort: 18001 })] },
    ],
  ])('refuses what the engine declares it cannot do: %s', (message, given) => {
    expect(check(given, unable)).toThrow(message);
    expect(check(given)).not.toThrow();
  });
});
