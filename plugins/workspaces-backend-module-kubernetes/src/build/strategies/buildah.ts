import { blameOfBuildah, readBuildah } from './buildahOutput';
import {
  BUILDING,
  FAILED,
  FETCHING,
  paths,
  PUSHED,
  PUSHING,
  READ_WORDS,
  layDownDockerfile,
  changedDockerfile,
} from './script';
import { buildWords, platformWords, secretsOf } from './words';
import type { Strategy } from './Strategy';

const STATE = '/var/lib/containers';

/**
 * buildah as the user 0 of a namespace that is made for it: any image that has it, a shell and the `unshare` of
 * util-linux. Commands run in a chroot, without namespaces of their own. Layers lie upon one another ("overlay") where a
 * user namespace may mount them so, and are copied ("vfs") elsewhere, also without that `unshare`: much slower.
 */
export const buildah: Strategy = {
  name: 'buildah',
  title: 'buildah',
  // No seccompProfile: RuntimeDefault does not let it make its namespace.
  securityContext: { runAsUser: 0, allowPrivilegeEscalation: false },
  state: STATE,
  environment: {
    BUILDAH_ISOLATION: 'chroot',
    HOME: '/root',
    REGISTRY_AUTH_FILE: `${paths.login}/config.json`,
  },
  probe: ['buildah', '--storage-driver', 'vfs', 'from', 'scratch'],
  script: `#!/bin/sh
set -eu
trap 'status=$?; [ $status = 0 ] || echo "${FAILED}"; exit $status' EXIT
buildah() {
  command buildah --storage-driver "$DRIVER" --root ${STATE}/storage --runroot /tmp/containers "$@"
}
# A namespace with all numbers of users: an image may have any. By its variable buildah knows that it is in no real
# root's, and how to keep its notes on files there.
inside='env DRIVER=overlay _CONTAINERS_USERNS_CONFIGURED=done unshare --user --mount --map-auto --map-root-user'
if [ -z "\${DRIVER-}" ]; then
  echo 'root:1:4294967294' | tee /etc/subuid >/etc/subgid
  if $inside "$0" try >/tmp/try.log 2>&1; then
    exec $inside "$0"
  fi
  DRIVER=vfs
  echo "Layers are copied, as they cannot lie upon one another here: $(grep -v "${FAILED}" /tmp/try.log | tail -n 1)"
fi
if ! { container=$(buildah from scratch) && buildah mount "$container" >/dev/null; }; then
  echo 'Error: buildah did not start'
  exit 1
fi
[ "\${1-}" != try ] || exit 0
cp ${paths.trust}/registries.conf /etc/containers/registries.conf
if [ -f ${paths.trust}/ca.crt ]; then
  mkdir -p "/etc/containers/certs.d/$REGISTRY"
  cp ${paths.trust}/ca.crt "/etc/containers/certs.d/$REGISTRY/ca.crt"
fi

echo '${FETCHING}'
bundle=$(buildah from --quiet "docker://$BUNDLE")
context=$(buildah mount "$bundle")
cd "$context"

echo '${BUILDING}'
${READ_WORDS}
${layDownDockerfile(changedDockerfile(STATE))}
[ "$REUSE" = no ] || set -- "$@" --cache-from "$CACHE"
buildah build --layers --cache-to "$CACHE" --tag "$IMAGE" "$@" .
echo '${PUSHING}'
buildah push --digestfile /tmp/digest "$IMAGE" "docker://$IMAGE"
echo '${PUSHED}'
tr -d '\\n' </tmp/digest >$(results.IMAGE_DIGEST.path)
printf %s "$IMAGE" >$(results.IMAGE_URL.path)
`,
  rewritesImages: true,
  mountsSecrets: true,
  words: (task, file) => [
    `--file=${file}`,
    ...platformWords('--platform', task),
    ...buildWords(task),
    ...secretsOf(task).map(secret => `--secret=${secret}`),
  ],
  reader: readBuildah,
  blame: blameOfBuildah,
};
