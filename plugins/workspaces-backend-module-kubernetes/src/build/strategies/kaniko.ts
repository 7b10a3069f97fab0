import { blameOfKaniko, readKaniko } from './kanikoOutput';
import {
  BUILDING,
  FAILED,
  FETCHING,
  paths,
  READ_WORDS,
  layDownDockerfile,
  changedDockerfile,
} from './script';
import type { BuildTask, Inability, Strategy } from './Strategy';
import { buildWords, platformWords } from './words';

const STATE = '/slipway/state';

/**
 * kaniko, for nodes that let nobody make namespaces: an image with a shell in /busybox, as `kaniko-project/executor:debug`.
 * It carries out the Dockerfile in its own container, which is why a RUN sees all that is there.
 */
export const kaniko: Strategy = {
  name: 'kaniko',
  title: 'kaniko',
  warning:
    'With kaniko a RUN of a Dockerfile can read the password with which images are pushed. Build only what you trust.',
  securityContext: {
    runAsUser: 0,
    allowPrivilegeEscalation: false,
    seccompProfile: { type: 'RuntimeDefault' },
    capabilities: {
      drop: ['ALL'],
      add: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SETGID', 'SETUID'],
    },
  },
  state: STATE,
  environment: { DOCKER_CONFIG: paths.login, HOME: '/root', USER: 'root' },
  // kaniko takes no image for its context, but writes one as a file: so comes the bundle. What is mounted it leaves
  // alone when it clears its file system for the next stage.
  script: `#!/busybox/sh
set -eu
export PATH=/kaniko:/busybox
fail() {
  echo '${FAILED}'
  exit 1
}
registry=
[ ! -f ${paths.trust}/ca.crt ] || registry="--registry-certificate=$REGISTRY=${
    paths.trust
  }/ca.crt"
[ "$PLAIN" = no ] || registry="--insecure-registry=$REGISTRY"

echo '${FETCHING}'
mkdir -p ${STATE}/fetch ${STATE}/bundle ${STATE}/context
printf 'FROM %s\\n' "$BUNDLE" >${STATE}/fetch/Dockerfile
/kaniko/executor $registry --context=dir://${STATE}/fetch --dockerfile=Dockerfile --no-push \\
  --destination=bundle --tar-path=${STATE}/bundle.tar || fail
tar -xf ${STATE}/bundle.tar -C ${STATE}/bundle
rm ${STATE}/bundle.tar
for layer in ${STATE}/bundle/*.tar.gz; do
  tar -xf "$layer" -C ${STATE}/context
done

echo '${BUILDING}'
${READ_WORDS}
# No --cache-copy-layers: its keys know neither the names of files nor the arguments of the build.
[ "$REUSE" = no ] || set -- "$@" --cache=true "--cache-repo=$CACHE"
${layDownDockerfile(changedDockerfile(STATE))}
/kaniko/executor $registry --context=dir://${STATE}/context "--destination=$IMAGE" \\
  --digest-file=${STATE}/digest "$@" || fail
tr -d '\\n' <${STATE}/digest >$(results.IMAGE_DIGEST.path)
printf %s "$IMAGE" >$(results.IMAGE_URL.path)
`,
  words: (task, file) => [
    `--dockerfile=${file}`,
    ...platformWords('--custom-platform', task),
    ...buildWords(task),
  ],
  rewritesImages: true,
  inability,
  reader: readKaniko,
  blame: blameOfKaniko,
};

/** What kaniko leaves out without a word. */
function inability({ dockerfile }: BuildTask): Inability | undefined {
  for (const { keyword, text, line, heredoc } of dockerfile?.instructions ??
    []) {
    const place = { instruction: text, line };
    if (heredoc) return { cannot: 'read here-documents', ...place };
    if (keyword === 'RUN' && /^RUN\s+(--\S+\s+)*--mount=/i.test(text))
      return { cannot: 'mount anything into a RUN', ...place };
  }
  return undefined;
}
