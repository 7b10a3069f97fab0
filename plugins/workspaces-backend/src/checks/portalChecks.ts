import type { Knex } from 'knex';
import { tryPort } from '../endpoints/ports';
import { GATEWAY_LEASE } from '../endpoints/PortObstacles';
import type { GatewaySettings } from '../endpoints/settings';
import type { SecretStore } from '../secrets/SecretStore';
import { readDatabaseNow } from '../store/database';
import type { EndpointRow, LeaseRow } from '../store/rows';
import type { Engines } from '../workspaces/Engines';
import type { Finding, PortalCheck } from './Checks';
import { storageFinding } from './storage';

const SLOW_DATABASE = 1000;
const WRONG_CLOCK = 5000;
const FEW_PORTS = 20;

/** What must hold of the portal itself. */
export function portalChecks(options: {
  knex: Knex;
  directory: string;
  gateway: GatewaySettings;
  engines: Engines;
  secrets: SecretStore;
}): PortalCheck[] {
  const { knex, directory, gateway, engines, secrets } = options;
  const needsGateway = () =>
    engines.all().some(({ engine }) => engine.abilities.gateway);
  return [
    {
      id: 'portal.engines',
      title: 'An engine is installed',
      find: async () => engineFinding(engines),
    },
    {
      id: 'portal.database',
      title: 'The database answers',
      find: () => databaseFinding(knex),
    },
    {
      id: 'portal.clock',
      title: 'The clocks of portal and database agree',
      find: () => clockFinding(knex),
    },
    {
      id: 'portal.storage',
      title: 'The storage directory can be written and is shared',
      find: () => storageFinding(knex, directory),
    },
    {
      id: 'portal.secrets',
      title: 'The keys of all secrets are there',
      find: () => secretsFinding(secrets),
    },
    {
      id: 'portal.gateway',
      title: 'Stable ports can be served',
      find: async () =>
        needsGateway()
          ? gatewayFinding(knex, gateway)
          : passed('No engine needs them'),
    },
  ];
}

function passed(message: string): Finding {
  return { state: 'passed', message };
}

function engineFinding(engines: Engines): Finding {
  const ids = engines.ids();
  if (ids.length > 0) return passed(`Installed: ${ids.join(', ')}`);
  return {
    state: 'failed',
    message: 'No engine is installed, so that nothing can be brought up',
    fix: 'Add an engine module to the backend, for example @slipway/backstage-plugin-workspaces-backend-module-local',
    fixedBy: 'operator',
  };
}

async function databaseFinding(knex: Knex): Promise<Finding> {
  const began = performance.now();
  await readDatabaseNow(knex);
  const took = Math.round(performance.now() - began);
  if (took < SLOW_DATABASE) return passed(`It answered within ${took} ms`);
  return {
    state: 'warning',
    message: `It took ${took} ms to answer a trivial question`,
    fix: 'Look at the load of the database and at the network between',
    fixedBy: 'operator',
  };
}

async function clockFinding(knex: Knex): Promise<Finding> {
  const before = Date.now();
  const database = await readDatabaseNow(knex);
  const after = Date.now();
  const off = Math.round(
    database < before ? before - database : Math.max(0, database - after),
  );
  if (off < WRONG_CLOCK) return passed(`They differ by ${off} ms at most`);
  return {
    state: 'warning',
    message: `They differ by ${Math.round(
      off / 1000,
    )} s. Leases follow the database alone, but times shown may be wrong`,
    fix: 'Let both machines keep their time by NTP',
    fixedBy: 'operator',
  };
}

async function secretsFinding(secrets: SecretStore): Promise<Finding> {
  const missing = await secrets.missingKeys();
  if (missing.length === 0) return passed('Every secret can be decrypted');
  return {
    state: 'failed',
    message: `Secrets are encrypted with keys that are not there: ${missing.join(
      ', ',
    )}`,
    fix: 'Add these keys to workspaces.secrets.keys again, after the one that encrypts',
    fixedBy: 'operator',
  };
}

async function gatewayFinding(
  knex: Knex,
  settings: GatewaySettings,
): Promise<Finding> {
  const refusal = await tryPort(settings.host, 0);
  if (refusal) {
    return {
      state: 'failed',
      message: `No port can be bound on ${settings.host}: ${refusal.text}`,
      fix: 'Set workspaces.gateway.host to an address of this machine',
      fixedBy: 'operator',
    };
  }
  const { first, last } = settings.ports;
  const reserved = await knex<EndpointRow>('endpoints')
    .whereNotNull('stable_port')
    .count({ count: '*' })
    .first();
  const left = last - first + 1 - Number(reserved?.count ?? 0);
  if (left < FEW_PORTS) {
    return {
      state: left <= 0 ? 'failed' : 'warning',
      message: `${left} of the ports ${first} to ${last} are left`,
      fix: 'Widen workspaces.gateway.ports, or delete workspaces that nobody needs',
      fixedBy: 'operator',
    };
  }
  const lease = await knex<LeaseRow>('leases')
    .where({ name: GATEWAY_LEASE })
    .first();
  if (!lease || lease.lease_until < (await readDatabaseNow(knex))) {
    return {
      state: 'failed',
      message: 'No replica serves the stable ports now',
      fix: 'Read the log of the portal for "gateway"; within seconds after a restart this passes by itself',
      fixedBy: 'operator',
    };
  }
  return passed(
    `${left} of the ports ${first} to ${last} are left; they are served`,
  );
}
