// @ts-check

/**
 * All moments are milliseconds since 1970 (UTC) as double precision, which both
 * databases answer as a number; JSON is kept as text.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('workspaces', table => {
    table.comment(
      'Workspaces, the live ones and the tombstones of deleted ones',
    );
    table.string('id', 36).primary();
    table.string('name', 63).notNullable();
    table
      .string('live_name', 63)
      .nullable()
      .comment(
        'The name while the workspace lives, then null: a name is free again',
      );
    table.string('owner', 200).notNullable();
    table.string('engine', 40).notNullable();
    table.string('size', 20).notNullable();
    table.integer('last_run_number').notNullable().defaultTo(0);
    table.string('created_by', 200).notNullable();
    table.double('created_at').notNullable();
    table.double('deleted_at').nullable();
    table.text('receipt').nullable();
    table.unique(['live_name'], { indexName: 'workspaces_live_name_uniq' });
    table.index(['owner'], 'workspaces_owner_idx');
    table.index(['created_at', 'id'], 'workspaces_created_idx');
  });
  await knex.schema.createTable('apps', table => {
    table.comment('Apps of live workspaces');
    table.string('workspace_id', 36).notNullable();
    table.string('name', 63).notNullable();
    table.string('entity_ref', 200).notNullable();
    table.text('spec').notNullable().comment('AppSpec as JSON');
    table
      .integer('serving_release')
      .nullable()
      .comment('The release that was verified last');
    table.integer('last_release').notNullable().defaultTo(0);
    table.double('created_at').notNullable();
    table.primary(['workspace_id', 'name']);
    table.unique(['entity_ref'], { indexName: 'apps_entity_ref_uniq' });
  });
  await knex.schema.createTable('dependencies', table => {
    table.comment('Databases and caches of live workspaces');
    table.string('workspace_id', 36).notNullable();
    table.string('name', 63).notNullable();
    table.string('type', 20).notNullable();
    table
      .text('spec')
      .notNullable()
      .comment('DependencySpec as JSON, defaults filled in');
    table.string('password_secret', 36).notNullable();
    table.double('created_at').notNullable();
    table.primary(['workspace_id', 'name']);
  });
  await knex.schema.createTable('releases', table => {
    table.comment('What runs deployed, per app');
    table.string('workspace_id', 36).notNullable();
    table.string('app', 63).notNullable();
    table.integer('number').notNullable();
    table.string('run_id', 36).notNullable();
    table.string('image', 500).notNullable();
    table.string('revision', 200).nullable();
    table
      .text('spec')
      .notNullable()
      .comment('AppSpec as it was deployed, JSON');
    table.text('dependency_versions').notNullable().comment('JSON object');
    table
      .text('migration')
      .nullable()
      .comment('Command of the migration that ran before it, JSON');
    table.string('state', 20).notNullable();
    table.double('created_at').notNullable();
    table.primary(['workspace_id', 'app', 'number']);
    table.unique(['run_id', 'app', 'image'], {
      indexName: 'releases_run_uniq',
    });
  });
  await knex.schema.createTable('runs', table => {
    table.comment('Trips of workspaces through the stages');
    table.string('id', 36).primary();
    table.string('workspace_id', 36).notNullable();
    table.integer('number').notNullable();
    table.string('kind', 20).notNullable();
    table.string('state', 20).notNullable();
    table.string('reason', 500).nullable();
    table.text('apps').notNullable().comment('Names as JSON array');
    table.text('input').notNullable().comment('RunInput as JSON');
    table.string('owner', 200).notNullable();
    table.string('created_by', 200).notNullable();
    table.double('created_at').notNullable();
    table.double('queued_at').notNullable();
    table.double('started_at').nullable();
    table.double('ended_at').nullable();
    table.double('cancel_requested_at').nullable();
    table.string('worker', 100).nullable();
    table.integer('epoch').notNullable().defaultTo(0);
    table.double('lease_until').nullable();
    table.integer('last_event').notNullable().defaultTo(0);
    table.unique(['workspace_id', 'number'], { indexName: 'runs_number_uniq' });
    table.unique(['workspace_id'], {
      indexName: 'runs_running_uniq', // one run of a workspace is carried out at a time
      predicate: knex.whereRaw("state = 'running'"),
    });
    table.index(['state', 'queued_at'], 'runs_queue_idx');
    table.index(['created_at', 'id'], 'runs_created_idx');
  });
  await knex.schema.createTable('stages', table => {
    table.comment('Attempts of the stages of runs');
    table.string('run_id', 36).notNullable();
    table
      .string('app', 63)
      .notNullable()
      .comment('Empty where the stage concerns the workspace');
    table.string('stage', 20).notNullable();
    table.integer('attempt').notNullable();
    table.string('state', 20).notNullable();
    table.text('reason').nullable();
    table.double('started_at').nullable();
    table.double('ended_at').nullable();
    table.double('deadline_at').nullable();
    table.double('heartbeat_at').nullable();
    table.text('outputs').nullable().comment('JSON object');
    table.text('diagnosis').nullable().comment('Diagnosis as JSON');
    table.primary(['run_id', 'app', 'stage', 'attempt']);
  });
  await knex.schema.createTable('run_events', table => {
    table.comment('What happened in runs; append-only, counted per run');
    table.string('run_id', 36).notNullable();
    table.integer('sequence').notNullable();
    table.string('workspace_id', 36).notNullable();
    table.double('at').notNullable();
    table.string('type', 20).notNullable();
    table.string('stage', 20).nullable();
    table.string('app', 63).nullable();
    table.integer('attempt').nullable();
    table.string('state', 20).nullable();
    table.text('message').notNullable();
    table.primary(['run_id', 'sequence']);
  });
  await knex.schema.createTable('endpoints', table => {
    table.comment('Reachable addresses of apps');
    table.string('id', 36).primary();
    table.string('workspace_id', 36).notNullable();
    table.string('app', 63).notNullable();
    table.integer('port').notNullable().comment('Inside the container');
    table.integer('stable_port').nullable();
    table
      .integer('release')
      .nullable()
      .comment('The release that gets new requests');
    table
      .integer('draining_release')
      .nullable()
      .comment('The release whose last requests are waited for');
    table.double('draining_since').nullable();
    table.string('state', 20).notNullable();
    table.double('observed_at').nullable();
    table.double('latency_ms').nullable();
    table.text('message').nullable();
    table.double('created_at').notNullable();
    table.unique(['workspace_id', 'app'], { indexName: 'endpoints_app_uniq' });
    table.unique(['stable_port'], { indexName: 'endpoints_stable_port_uniq' });
  });
  await knex.schema.createTable('sources', table => {
    table.comment('Uploads; an orphan goes when it expires');
    table.string('id', 36).primary();
    table.string('owner', 200).notNullable();
    table.string('uploader', 200).notNullable();
    table.string('filename', 300).nullable();
    table.string('format', 20).notNullable().comment('zip or tar.gz');
    table.double('size_bytes').notNullable();
    table.string('sha256', 64).notNullable();
    table.double('created_at').notNullable();
    table.double('expires_at').notNullable();
    table.index(['expires_at'], 'sources_expires_idx');
  });
  await knex.schema.createTable('bundles', table => {
    table.comment(
      'Which workspace uses which bundle; the file goes with the last row of its digest',
    );
    table.string('digest', 64).notNullable();
    table.string('workspace_id', 36).notNullable();
    table.double('size_bytes').notNullable();
    table.double('created_at').notNullable();
    table.primary(['digest', 'workspace_id']);
  });
  await knex.schema.createTable('secrets', table => {
    table.comment('Encrypted values; never answered');
    table.string('id', 36).primary();
    table.string('owner', 200).notNullable();
    table
      .string('workspace_id', 36)
      .nullable()
      .comment('Set for generated ones, which go with the workspace');
    table.string('description', 200).nullable();
    table.integer('version').notNullable().defaultTo(1);
    table.string('key_id', 40).notNullable();
    table.text('nonce').notNullable();
    table.text('ciphertext').notNullable();
    table.string('created_by', 200).notNullable();
    table.double('created_at').notNullable();
    table.double('updated_at').notNullable();
    table.index(['owner'], 'secrets_owner_idx');
    table.index(['workspace_id'], 'secrets_workspace_idx');
  });
  await knex.schema.createTable('log_chunks', table => {
    table.comment(
      'Compressed lines of logs; the last chunk of a stream grows until it is full',
    );
    table
      .string('stream', 200)
      .notNullable()
      .comment('run/<id>/<stage>/<app> or app/<workspace id>/<app>');
    table.integer('first_line').notNullable();
    table.integer('line_count').notNullable();
    table.string('workspace_id', 36).notNullable();
    table.binary('content').notNullable().comment('gzip of JSON lines');
    table.double('updated_at').notNullable();
    table.primary(['stream', 'first_line']);
    table.index(['workspace_id'], 'log_chunks_workspace_idx');
    table.index(['updated_at'], 'log_chunks_updated_idx');
  });
  await knex.schema.createTable('leases', table => {
    table.comment('Work that one replica does at a time, other than runs');
    table.string('name', 100).primary();
    table.string('holder', 100).notNullable();
    table.integer('epoch').notNullable().defaultTo(1);
    table.double('lease_until').notNullable();
  });
  await knex.schema.createTable('idempotency_keys', table => {
    table.comment('What a request with a key made');
    table.string('principal', 200).notNullable();
    table.string('route', 100).notNullable();
    table.string('key', 200).notNullable();
    table.string('request_hash', 64).notNullable();
    table.string('resource_id', 36).notNullable();
    table.double('created_at').notNullable();
    table.primary(['principal', 'route', 'key']);
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  for (const table of [
    'idempotency_keys',
    'leases',
    'log_chunks',
    'secrets',
    'bundles',
    'sources',
    'endpoints',
    'run_events',
    'stages',
    'runs',
    'releases',
    'dependencies',
    'apps',
    'workspaces',
  ]) {
    await knex.schema.dropTable(table);
  }
};
