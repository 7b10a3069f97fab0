// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async knex => {
  await knex.schema.createTable('endpoint_moments', table => {
    table.comment(
      'What the probes of one minute saw of an endpoint; kept for a day',
    );
    table.string('endpoint_id', 36).notNullable();
    table.double('at').notNullable().comment('Begin of the minute');
    table.string('state', 20).notNullable().comment('The worst that was seen');
    table.integer('probes').notNullable();
    table
      .integer('failed')
      .notNullable()
      .comment('Probes without an answer below 500');
    table.integer('answered').notNullable();
    table.double('latency_ms').notNullable().comment('Sum over the answers');
    table.primary(['endpoint_id', 'at']);
    table.index(['at'], 'endpoint_moments_at_idx');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async knex => {
  await knex.schema.dropTable('endpoint_moments');
};
