// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async knex => {
  await knex.schema.alterTable('endpoints', table => {
    table
      .integer('replicas')
      .nullable()
      .comment('How many of its replicas, the first ones, get new requests');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async knex => {
  await knex.schema.alterTable('endpoints', table => {
    table.dropColumn('replicas');
  });
};
