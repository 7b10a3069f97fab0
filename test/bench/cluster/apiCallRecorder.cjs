// Loaded into a portal before all else: writes down its calls to an API server, and the connections for them.
// SLIPWAY_BENCH_API is the API server's origin, SLIPWAY_BENCH_CALLS the file that gets a line of JSON for each.
const { subscribe } = require('node:diagnostics_channel');
const { appendFileSync } = require('node:fs');

const { SLIPWAY_BENCH_API: server, SLIPWAY_BENCH_CALLS: file } = process.env;
const { host, origin } = new URL(server);

function record(entry) {
  appendFileSync(file, `${JSON.stringify({ at: Date.now(), ...entry })}\n`);
}

// Channels of undici, by which the module for Kubernetes calls.
subscribe('undici:request:create', ({ request }) => {
  if (String(request.origin) === origin)
    record({ method: request.method, path: request.path });
});
subscribe('undici:client:connected', ({ connectParams }) => {
  if (connectParams.host === host) record({ connection: true });
});
