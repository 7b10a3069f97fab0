// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async knex => {
  await knex.schema.alterTable('releases', table => {
    table
      .double('served_at')
      .nullable()
      .comment('When it was verified last; null where it never was');
    table
      .double('retired_at')
      .nullable()
      .comment('When the removal of its image was begun last');
  });
  // The best that is known of what served before.
  await knex('releases')
    .whereIn('state', ['serving', 'superseded'])
    .update({ served_at: knex.ref('created_at') });
};

/** @param {import('knex').Knex} knex */
exports.down = async knex => {
  await knex.schema.alterTable('releases', table => {
    table.dropColumn('served_at');
    table.dropColumn('retired_at');
  });
};
