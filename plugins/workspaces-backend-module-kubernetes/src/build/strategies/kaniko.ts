import { familiarImageName } from '../imageNames';
import { blameOfKaniko, readKaniko } from './kanikoOutput';
import { BUILDING, FAILED, FETCHING, paths, READ_WORDS } from './script';
import type { BuildTask, Inability, Strategy } from './Strategy';
import { buildWords } from './words';

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
[ ! -f ${paths.trust}/ca.crt ] || registry="--registry-certificate=$REGISTRY=${paths.trust}/ca.crt"
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
[ "$REUSE" = no ] || set -- "$@" --cache=true "--cache-repo=$CACHE"
if [ -n "$DOCKERFILE" ]; then
  printf %s "$DOCKERFILE" | base64 -d >${STATE}/Dockerfile
  set -- "$@" --dockerfile=${STATE}/Dockerfile
fi
/kaniko/executor $registry --context=dir://${STATE}/context "--destination=$IMAGE" \\
  --digest-file=${STATE}/digest "$@" || fail
tr -d '\\n' <${STATE}/digest >$(results.IMAGE_DIGEST.path)
printf %s "$IMAGE" >$(results.IMAGE_URL.path)
`,
  words: task => [
    `--dockerfile=${task.request.dockerfile}`,
    ...buildWords(task),
  ],
  variables: task => ({
    DOCKERFILE: Buffer.from(changedDockerfile(task) ?? '').toString('base64'),
  }),
  inability,
  reader: readKaniko,
  blame: blameOfKaniko,
};

const FROM = /^(\s*FROM\s+(?:--\S+\s+)*)(\S+)/i;
const COPY_FROM = /^(\s*COPY\s+(?:--\S+\s+)*?--from=)(\S+)/i;

/** The Dockerfile with base images by where they really come from; none where it is to stay as it is. */
function changedDockerfile({
  dockerfile,
  images,
}: BuildTask): string | undefined {
  const text = dockerfile?.text
    .split('\n')
    .map(line =>
      [FROM, COPY_FROM].reduce(
        (changed, pattern) =>
          changed.replace(
            pattern,
            (_, before: string, image: string) =>
              before + (images.get(familiarImageName(image)) ?? image),
          ),
        line,
      ),
    )
    .join('\n');
  return text === dockerfile?.text ? undefined : text;
}

/** What kaniko leaves out without a word. */
function inability({
  request,
  dockerfile,
  images,
}: BuildTask): Inability | undefined {
  for (const { keyword, text, line, heredoc } of dockerfile?.instructions ??
    []) {
    const place = { instruction: text, line };
    if (heredoc) return { cannot: 'read here-documents', ...place };
    if (keyword === 'RUN' && /^RUN\s+(--\S+\s+)*--mount=/i.test(text))
      return { cannot: 'mount anything into a RUN', ...place };
  }
  const named = dockerfile?.text.split('\n').flatMap(line => {
    const image = FROM.exec(line)?.[2] ?? COPY_FROM.exec(line)?.[2];
    return image === undefined ? [] : [familiarImageName(image)];
  });
  const hidden = request.baseImages
    .map(familiarImageName)
    .find(image => images.has(image) && !named?.includes(image));
  const from = dockerfile?.instructions.find(
    ({ keyword, text }) => keyword === 'FROM' && text.includes('$'),
  );
  return hidden && from
    ? {
        cannot: `take the image "${hidden}", which an argument names, from where workspaces.images says`,
        instruction: from.text,
        line: from.line,
      }
    : undefined;
}
