import type {
  V1PodSecurityContext,
  V1SecurityContext,
} from '@kubernetes/client-node';

/** The user of images that name none, or the superuser. */
export const ORDINARY_USER = 1000;

/** The superuser, for apps of which an operator allows it. */
export const SUPERUSER = 0;

/** What the Pod Security Standard `restricted` asks of a pod. The user is that of the image unless given as a number. */
export function podSecurity(user: number | undefined): V1PodSecurityContext {
  return {
    runAsNonRoot: user !== SUPERUSER,
    seccompProfile: { type: 'RuntimeDefault' },
    ...(user === undefined
      ? {}
      : {
          runAsUser: user,
          runAsGroup: user,
          fsGroup: user,
          fsGroupChangePolicy: 'OnRootMismatch',
        }),
  };
}

/** What `restricted` asks of a container. */
export function containerSecurity(
  options: { readOnlyRoot?: boolean } = {},
): V1SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: options.readOnlyRoot ?? false,
  };
}
