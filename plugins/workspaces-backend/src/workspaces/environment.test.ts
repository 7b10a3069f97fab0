import type { AppSpec } from '@slipway/backstage-plugin-workspaces-common';
import {
  appEnvironment,
  generatedVariableNames,
  type ConnectedDependency,
} from './environment';

const web: AppSpec = {
  name: 'web',
  source: { type: 'upload', upload: 'u' },
  port: 3000,
};
const backOffice: AppSpec = {
  name: 'back-office',
  source: { type: 'upload', upload: 'u' },
};

const postgres: ConnectedDependency = {
  spec: {
    name: 'postgres',
    type: 'postgres',
    database: 'guestbook',
    username: 'writer',
  },
  port: 5432,
  passwordSecret: 'secret-1',
};
const redis: ConnectedDependency = {
  spec: { name: 'redis', type: 'redis' },
  port: 6379,
  passwordSecret: 'secret-2',
};

describe('the environment of an app', () => {
  it('holds PORT, the connections and the addresses of the other apps, passwords by reference only', () => {
    const variables = appEnvironment({
      app: web,
      otherApps: [backOffice],
      dependencies: [postgres, redis],
    });
    expect(variables).toEqual([
      { name: 'PORT', value: '3000' },
      {
        name: 'DATABASE_URL',
        secret: {
          id: 'secret-1',
          template:
            'postgresql://writer:{uri}@postgres:5432/guestbook?sslmode=disable',
        },
      },
      { name: 'DB_HOST', value: 'postgres' },
      { name: 'DB_PORT', value: '5432' },
      { name: 'DB_NAME', value: 'guestbook' },
      { name: 'DB_USER', value: 'writer' },
      { name: 'DB_PASSWORD', secret: { id: 'secret-1' } },
      { name: 'DB_SSLMODE', value: 'disable' },
      {
        name: 'REDIS_URL',
        secret: { id: 'secret-2', template: 'redis://:{uri}@redis:6379/0' },
      },
      { name: 'REDIS_HOST', value: 'redis' },
      { name: 'REDIS_PORT', value: '6379' },
      { name: 'REDIS_PASSWORD', secret: { id: 'secret-2' } },
      { name: 'BACK_OFFICE_URL', value: 'http://back-office:8080' },
    ]);
  });

  it('keeps what the user gave verbatim, empty values and spaces included (D26)', () => {
    const app: AppSpec = {
      ...web,
      environment: [
        { name: 'EMPTY', value: '' },
        { name: 'PADDED', value: '  two spaces  ' },
        { name: 'TOKEN', secret: 'secret-3' },
      ],
    };
    expect(
      appEnvironment({ app, otherApps: [], dependencies: [] }).slice(1),
    ).toEqual([
      { name: 'EMPTY', value: '' },
      { name: 'PADDED', value: '  two spaces  ' },
      { name: 'TOKEN', secret: { id: 'secret-3' } },
    ]);
  });

  it('writes a further connection variable in the form that its name asks for', () => {
    const variables = (name: string) =>
      appEnvironment({
        app: web,
        otherApps: [],
        dependencies: [
          {
            ...postgres,
            spec: { ...postgres.spec, connectionEnvironment: name },
          },
        ],
      }).find(variable => variable.name === name);
    expect(variables('ConnectionStrings__DefaultConnection')).toEqual({
      name: 'ConnectionStrings__DefaultConnection',
      secret: {
        id: 'secret-1',
        template:
          'Host=postgres;Port=5432;Database=guestbook;Username=writer;Password={adonet};SSL Mode=Disable',
      },
    });
    expect(variables('PG_URL')).toEqual({
      name: 'PG_URL',
      secret: {
        id: 'secret-1',
        template:
          'postgresql://writer:{uri}@postgres:5432/guestbook?sslmode=disable',
      },
    });
  });

  it('prefixes the variables of a second dependency of the same type with its name', () => {
    const orders: ConnectedDependency = {
      ...postgres,
      spec: { ...postgres.spec, name: 'order-store' },
    };
    expect(
      generatedVariableNames({
        app: web,
        otherApps: [],
        dependencies: [postgres, orders],
      }),
    ).toEqual(
      expect.arrayContaining([
        'DATABASE_URL',
        'ORDER_STORE_DATABASE_URL',
        'ORDER_STORE_DB_PASSWORD',
      ]),
    );
  });
});
