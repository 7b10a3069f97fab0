/** Base image of the sample: what every harness can build on. */
const DOCKERFILE = `FROM node:22-slim
WORKDIR /app
COPY app.js .
USER node
CMD ["node", "app.js"]
`;

/** An app that does what its environment says, well or badly, and answers questions about its surroundings. */
const APP = `
const { createServer } = require('node:http');
const { writeFileSync, readFileSync } = require('node:fs');
const { networkInterfaces } = require('node:os');
const environment = process.env;

const questions = {
  '/environment': async ({ name }) => ({ value: environment[name] ?? null }),
  '/addresses': async () => ({
    addresses: Object.values(networkInterfaces()).flat()
      .filter(({ internal, family }) => !internal && family === 'IPv4')
      .map(({ address }) => address),
  }),
  '/fetch': async ({ url }) => {
    try {
      const response = await fetch(url, {
        headers: { connection: 'close' }, // one that is kept open stays with whom it was opened to
        signal: AbortSignal.timeout(700),
      });
      return { reached: true, body: await response.text() };
    } catch (error) {
      return { reached: false, reason: String(error.cause ?? error) };
    }
  },
  '/write': async ({ file, text }) => {
    try {
      writeFileSync(file, text);
      return { written: true };
    } catch (error) {
      return { written: false, reason: error.code };
    }
  },
  '/read': async ({ file }) => ({ text: readFileSync(file, 'utf8') }),
  '/wait': async ({ milliseconds }) => {
    await new Promise(resolve => setTimeout(resolve, Number(milliseconds)));
    return { release: environment.RELEASE };
  },
  '/say': async ({ text }) => {
    console.log(text);
    return {};
  },
};

async function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname === '/health') {
    response.statusCode = Number(environment.HEALTH_STATUS ?? 200);
    response.end();
    return;
  }
  const ask = questions[pathname];
  const body = ask ? await ask(Object.fromEntries(searchParams)) : { release: environment.RELEASE };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}

const server = createServer(answer);
console.log('sample ' + environment.RELEASE + ' starts');
if (environment.BEHAVIOUR === 'crash') {
  console.error('the sample cannot start');
  process.exit(3);
} else if (environment.BEHAVIOUR === 'memory') {
  const kept = [];
  setInterval(() => kept.push(Buffer.alloc(8 * 1024 * 1024, 1)), 5);
} else {
  server.listen(Number(environment.LISTEN_PORT ?? environment.PORT), environment.LISTEN_HOST);
}
process.on('SIGTERM', () => server.close(() => process.exit(0))); // it finishes what it has
`;

/** The files of which the harness makes the sample's image. */
export const sampleFiles: Record<string, string> = {
  Dockerfile: DOCKERFILE,
  'app.js': APP,
};
