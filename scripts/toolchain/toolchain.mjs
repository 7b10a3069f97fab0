// Everything a script needs before it can call Yarn: Node, Yarn, dependencies.
import { delimiter } from 'node:path';
import { step } from '../terminal.mjs';
import { findNode } from './node.mjs';
import { findYarn } from './yarn.mjs';
import { install } from './install.mjs';

/**
 * Returns the environment in which `node` and `yarn` are the right ones. Only
 * our own child processes see it.
 */
export async function prepareToolchain({ signal }) {
  const folders = await step('Node and Yarn', async update => {
    const names = [];
    const found = [];
    for (const find of [findNode, findYarn]) {
      let name;
      found.push(
        await find(text => {
          name = text;
          update([...names, text].join(', '));
        }),
      );
      names.push(name);
    }
    return found;
  });
  const env = {
    ...process.env,
    PATH: [...folders, process.env.PATH].join(delimiter),
  };
  await step('Dependencies', update => install({ env, signal, update }));
  return env;
}
