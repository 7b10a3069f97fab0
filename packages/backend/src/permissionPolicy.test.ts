import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AuthorizeResult,
  createPermission,
} from '@backstage/plugin-permission-common';
import type { PolicyQueryUser } from '@backstage/plugin-permission-node';
import {
  workspaceCreatePermission,
  workspaceReadPermission,
  workspacesAdministerPermission,
} from '@slipway/backstage-plugin-workspaces-common';
import { OwnersPolicy } from './permissionPolicy';

function userWho(ownsBy: string[]): PolicyQueryUser {
  return {
    info: { userEntityRef: ownsBy[0], ownershipEntityRefs: ownsBy },
  } as PolicyQueryUser;
}

const ada = userWho(['user:default/ada', 'group:default/team']);
const guest = userWho(['user:default/guest', 'group:default/guests']);
const administrator = userWho([
  'user:default/grace',
  'group:default/administrators',
]);
const policy = new OwnersPolicy();

describe('OwnersPolicy', () => {
  it('lets people do what they want with workspaces that they own, and with no other', async () => {
    expect(
      await policy.handle({ permission: workspaceReadPermission }, ada),
    ).toMatchObject({
      result: AuthorizeResult.CONDITIONAL,
      conditions: {
        rule: 'IS_OWNER',
        params: { owners: ['user:default/ada', 'group:default/team'] },
      },
    });
  });

  it('lets everybody create', async () => {
    expect(
      await policy.handle({ permission: workspaceCreatePermission }, ada),
    ).toEqual({ result: AuthorizeResult.ALLOW });
  });

  it('lets administrators alone administer', async () => {
    const query = { permission: workspacesAdministerPermission };
    expect(await policy.handle(query, ada)).toEqual({
      result: AuthorizeResult.DENY,
    });
    expect(await policy.handle(query, guest)).toEqual({
      result: AuthorizeResult.DENY,
    });
    expect(await policy.handle(query, administrator)).toEqual({
      result: AuthorizeResult.ALLOW,
    });
  });

  it('counts the guest of the example configuration among the administrators', async () => {
    const config = await readFile(
      join(__dirname, '../../../app-config.yaml'),
      'utf8',
    );
    const refs = /ownershipEntityRefs:\s+((?:- \S+\s+)+)/.exec(config)?.[1];
    const owners = refs?.trim().split(/\s*- /).filter(Boolean) ?? [];
    expect(owners).toContain('user:default/guest');
    expect(
      await policy.handle(
        { permission: workspacesAdministerPermission },
        userWho(owners),
      ),
    ).toEqual({ result: AuthorizeResult.ALLOW });
  });

  it('does not touch what belongs to other plugins', async () => {
    const permission = createPermission({
      name: 'catalog.entity.read',
      attributes: { action: 'read' },
    });
    expect(await policy.handle({ permission }, ada)).toEqual({
      result: AuthorizeResult.ALLOW,
    });
  });
});
