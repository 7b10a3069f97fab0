// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async knex => {
  await knex.schema.alterTable('endpoints', table => {
    table
      .text('url')
      .nullable()
      .comment('Where the engine has published the app; without the gateway');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async knex => {
  await knex.schema.alterTable('endpoints', table => {
    table.dropColumn('url');
  });
};
