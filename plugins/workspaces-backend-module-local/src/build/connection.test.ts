import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import Docker from 'dockerode';
import type { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import { BuilderUnderTest, requestOf } from './__testUtils__/builds';

/**
 * Faults that a healthy engine does not make on request: a socket whose owner answers `POST /build` as told,
 * and says of every image that there is none.
 */
describe('an engine that misbehaves', () => {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-builder-'));
  const socketPath = join(directory, 'engine.sock');
  const under = new BuilderUnderTest({ docker: new Docker({ socketPath }) });
  let server: Server;
  let onBuild: (socket: Socket) => void;

  function answer(status: string, body: string): string {
    return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
  }

  beforeAll(async () => {
    server = createServer(socket => {
      socket.once('data', head => {
        if (head.toString('latin1').startsWith('POST /build')) onBuild(socket);
        else socket.end(answer('404 Not Found', '{"message":"No such image"}'));
      });
      socket.on('error', () => {}); // the client closes in the middle of what we say
    });
    await new Promise<void>(resolve => {
      server.listen(socketPath, resolve);
    });
  });
  afterAll(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });

  /** More than any socket buffers, so that it cannot be written before the engine reads. */
  function failureOf(bundle?: () => Readable): Promise<EngineError> {
    return under.failureOf(
      { Dockerfile: 'FROM scratch\n', large: 'x'.repeat(20_000_000) },
      bundle ? { bundle } : {},
    );
  }

  it('hears a refusal that comes before the context was read', async () => {
    onBuild = socket =>
      socket.end(
        answer(
          '400 Bad Request',
          '{"message":"dockerfile parse error line 1: unknown instruction: FRM"}',
        ),
      );
    const { evidence } = await failureOf();
    expect(evidence[0]).toMatchObject({
      text: 'dockerfile parse error line 1: unknown instruction: FRM',
      facts: { line: 1 },
    });
  });

  it('hears a verdict after which the connection breaks', async () => {
    const verdict = JSON.stringify({
      error: 'no space left on device',
      errorDetail: { message: 'no space left on device' },
    });
    onBuild = socket => {
      socket.write(
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${(
          verdict.length + 1
        ).toString(16)}\r\n${verdict}\n\r\n`,
        () => socket.destroy(),
      );
    };
    const { evidence } = await failureOf();
    expect(evidence[0].text).toBe('no space left on device');
  });

  it('says that the connection broke where the engine said nothing', async () => {
    onBuild = socket => socket.destroy();
    const { message, evidence } = await failureOf();
    expect(message).toContain(
      'The connection to the engine broke during the build',
    );
    expect(evidence[0].text).toMatch(/ECONNRESET|EPIPE|socket hang up|aborted/);
  });

  it('does not take an answer that ends early for an image', async () => {
    onBuild = socket => socket.end(answer('200 OK', '{"stream":"something"}'));
    const { evidence } = await failureOf();
    expect(evidence[0].text).toBe(
      'The engine ended the build without an image and without an error',
    );
  });

  it('tells a bundle that cannot be read from an engine that does not answer', async () => {
    let calls = 0;
    onBuild = socket => socket.resume();
    const tar = await requestOf({ Dockerfile: 'FROM scratch\n' });
    const { evidence } = await failureOf(() => {
      calls += 1;
      if (calls === 1) return tar.bundle(); // the Dockerfile is read first
      const broken: Readable = new Readable({
        read: () => broken.destroy(new Error('the disk is gone')),
      });
      return broken;
    });
    expect(evidence[0]).toMatchObject({
      source: 'bundle',
      text: 'the disk is gone',
    });
  });
});
