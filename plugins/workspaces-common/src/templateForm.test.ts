import { workspaceFromForm, type WorkspaceForm } from './templateForm';

const source = { type: 'git', url: 'https://git.example/shop.git' } as const;
const smallest: WorkspaceForm = { name: 'shop', app: { source } };

const migrationOf = (line: string) =>
  workspaceFromForm({ ...smallest, migration: line }).apps?.[0].migration
    ?.command;

describe('workspaceFromForm', () => {
  it('names workspace and app after the label, and leaves out what was not said', () => {
    expect(
      workspaceFromForm({
        ...smallest,
        healthPath: '',
        migration: ' ',
        owner: '',
        appName: '',
        connectionEnvironment: '',
        environment: [],
        secrets: [],
        dependencies: [],
      }),
    ).toEqual({ name: 'ws-shop', apps: [{ name: 'shop', source }] });
  });

  it('does not put the prefix of workspaces in front of a name that has it', () => {
    expect(workspaceFromForm({ ...smallest, name: 'ws-shop' })).toEqual(
      workspaceFromForm(smallest),
    );
  });

  it('takes over everything that a filled in form says', () => {
    expect(
      workspaceFromForm({
        name: 'shop',
        owner: 'group:default/team-a',
        engine: 'kubernetes',
        size: 'medium',
        app: { source, dockerfile: 'docker/Dockerfile', port: 3000 },
        appName: 'web',
        healthPath: '/health',
        dependencies: ['redis', 'postgres'],
        connectionEnvironment: 'ConnectionStrings__Main',
        migration: 'node migrate.js',
        environment: [{ name: 'MODE', value: 'demo' }, { name: 'EMPTY' }],
        secrets: [{ name: 'API_KEY', secret: 'secret-1' }],
      }),
    ).toEqual({
      name: 'ws-shop',
      owner: 'group:default/team-a',
      engine: 'kubernetes',
      size: 'medium',
      dependencies: [
        { type: 'redis' },
        { type: 'postgres', connectionEnvironment: 'ConnectionStrings__Main' },
      ],
      apps: [
        {
          name: 'web',
          source,
          build: { dockerfile: 'docker/Dockerfile' },
          port: 3000,
          healthPath: '/health',
          environment: [
            { name: 'MODE', value: 'demo' },
            { name: 'EMPTY', value: '' },
            { name: 'API_KEY', secret: 'secret-1' },
          ],
          migration: { command: ['node', 'migrate.js'] },
        },
      ],
    });
  });

  it('prefers the port that was typed to the one that was found in the source', () => {
    const form = { ...smallest, app: { source, port: 3000 }, port: 8080 };
    expect(workspaceFromForm(form).apps?.[0].port).toBe(8080);
  });

  it('gives the connection variable to the redis where there is no postgres', () => {
    const form: WorkspaceForm = {
      ...smallest,
      dependencies: ['redis'],
      connectionEnvironment: 'CACHE_URL',
    };
    expect(workspaceFromForm(form).dependencies).toEqual([
      { type: 'redis', connectionEnvironment: 'CACHE_URL' },
    ]);
  });

  it.each<[string, WorkspaceForm, string]>([
    ['no name', { app: { source } }, 'name: is required'],
    ['no source', { name: 'shop' }, 'app: a source is required'],
    [
      'a connection variable without a dependency',
      { ...smallest, connectionEnvironment: 'DB' },
      'connectionEnvironment: "DB" has nothing to connect to; choose a dependency or leave it empty',
    ],
  ])('names the parameter of a form with %s', (_, form, message) => {
    expect(() => workspaceFromForm(form)).toThrow(message);
  });
});

describe('the migration of a form', () => {
  it.each([
    ['node migrate.js', ['node', 'migrate.js']],
    ['  npm   run\tmigrate ', ['npm', 'run', 'migrate']],
    [`sh -c 'a "b" && c $D'`, ['sh', '-c', 'a "b" && c $D']],
    [
      'flyway -locations="filesystem:a b" up',
      ['flyway', '-locations=filesystem:a b', 'up'],
    ],
    [
      String.raw`say "a \"b\" \\ \n" c\ d \$e`,
      ['say', String.raw`a "b" \ \n`, 'c d', '$e'],
    ],
    [`tool '' ""`, ['tool', '', '']],
    ['tool "a & b"', ['tool', 'a & b']],
  ])('%s is split into words as a shell would', (line, words) => {
    expect(migrationOf(line)).toEqual(words);
  });

  it.each([
    'a && b',
    'a | b',
    'a > b',
    'migrate $DATABASE_URL',
    'a "$B"',
    'a `b`',
  ])('%s is refused: no shell runs it', line => {
    expect(() => migrationOf(line)).toThrow(
      /^migration: ".{1}" is for a shell.*sh -c/,
    );
  });

  it.each([
    ['a "b', 'migration: a quote " is opened and not closed'],
    ["a 'b", "migration: a quote ' is opened and not closed"],
    [
      'a \\',
      'migration: ends with a backslash that escapes nothing; remove it',
    ],
  ])('%s is refused', (line, message) => {
    expect(() => migrationOf(line)).toThrow(message);
  });
});
