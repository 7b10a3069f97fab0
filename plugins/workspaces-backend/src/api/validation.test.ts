import { mockErrorHandler } from '@backstage/backend-test-utils';
import express from 'express';
import request from 'supertest';
import { requestValidation } from './validation';

describe('validation of requests against the document', () => {
  const app = express();
  app.use(requestValidation());
  app.use((_request, response) => response.json({ passed: true }));
  app.use(mockErrorHandler());

  const source = { type: 'gitt', x: 1 };

  it.each([
    ['post', '/workspaces', {}, 'name: is required'],
    [
      'delete',
      '/workspaces/ws-a',
      undefined,
      'confirm: is required as a query parameter',
    ],
    ['post', '/workspaces', { name: 5 }, 'name: must be string'],
    [
      'post',
      '/workspaces',
      { name: 'ws-a', foo: 1 },
      'foo: unknown field; accepted are name, owner, engine, size, dependencies, apps',
    ],
    [
      'post',
      '/workspaces',
      { name: 'ws-a', size: 'huge' },
      'size: must be equal to one of the allowed values: small, medium, large',
    ],
    [
      'post',
      '/workspaces',
      { name: 'ws-a', apps: [{ name: 'a', port: 99999, source }] },
      'apps[0].source.x: unknown field; accepted are type, url, revision, token, upload, folder, path; ' +
        'apps[0].source.type: must be equal to one of the allowed values: git, zip, upload, folder; ' +
        'apps[0].port: must be <= 65535',
    ],
    [
      'post',
      '/workspaces',
      { name: 'ws-a\u0000' },
      'name: must not hold the character NUL',
    ],
    ['post', '/workspaces', [], 'the body: must be object'],
    [
      'post',
      '/workspaces',
      'text',
      'The header Content-Type must be application/json',
    ],
    [
      'get',
      '/workspaces?foo=1',
      undefined,
      'foo: unknown query parameter; accepted are cursor, limit, order, owner, engine, text, name, entityRef, deleted',
    ],
    ['get', '/workspaces?limit=abc', undefined, 'limit: must be integer'],
    ['get', '/workspaces?limit=201', undefined, 'limit: must be <= 200'],
    ['get', '/workspaces?limit=0', undefined, 'limit: must be >= 1'],
    ['get', '/workspaces?owner=', undefined, 'owner: must not be empty'],
    ['get', '/workspaces?owner=a&owner=b', undefined, 'owner: must be string'],
    [
      'get',
      '/runs/x/logs',
      undefined,
      'stage: is required as a query parameter',
    ],
    [
      'get',
      `/workspaces/${'a'.repeat(64)}`,
      undefined,
      'workspace: must NOT have more than 63 characters',
    ],
  ] as const)('%s %s %j is refused', async (method, path, body, message) => {
    const answer = await request(app)
      [method](path)
      .send(body as object);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toEqual(
      expect.objectContaining({ name: 'InputError', message }),
    );
  });

  it('refuses a body that is no JSON or too large', async () => {
    const broken = await request(app)
      .post('/workspaces')
      .set('Content-Type', 'application/json')
      .send('{"name":');
    expect(broken.status).toBe(400);
    expect(broken.body.error.message).toContain('The body is not JSON');
    const large = await request(app)
      .post('/workspaces')
      .send({ name: 'x'.repeat(1_100_000) });
    expect(large.status).toBe(400);
    expect(large.body.error.message).toBe(
      'The body is larger than the accepted 1mb',
    );
  });

  it('answers numbers of the query as numbers', async () => {
    const answers = express();
    answers.use(requestValidation());
    answers.use((incoming, response) => response.json(incoming.query));
    expect((await request(answers).get('/workspaces?limit=7')).body).toEqual({
      limit: 7,
    });
  });
});
