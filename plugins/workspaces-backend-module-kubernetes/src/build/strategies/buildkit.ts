import { familiarImageName } from '../imageNames';
import { blameOfBuildkit, readBuildkit } from './buildkitOutput';
import { BUILDING, FETCHING, paths, READ_WORDS } from './script';
import type { BuildTask, Strategy } from './Strategy';
import { secretsOf } from './words';

/** No overlay can stand on a container's own file system. */
const STATE = '/home/user/.local/share/buildkit';

/** Rootless BuildKit: any image that has it and a shell, as `moby/buildkit:rootless`. */
export const buildkit: Strategy = {
  name: 'buildkit',
  title: 'BuildKit, rootless',
  // No seccompProfile: "baseline" allows its absence, but not "Unconfined", and RuntimeDefault does not let
  // BuildKit start. No allowPrivilegeEscalation: newuidmap needs its file capabilities.
  securityContext: { runAsUser: 1000, runAsGroup: 1000 },
  state: STATE,
  environment: {
    DOCKER_CONFIG: paths.login,
    HOME: '/home/user',
    USER: 'user',
    XDG_RUNTIME_DIR: '/tmp/run',
  },
  cacheTag: 'cache',
  probe: ['rootlesskit', 'true'],
  // The bundle is pulled as an image, by the login and the authority that BuildKit has anyway, and laid down as the
  // context: the frontend of Dockerfiles takes no image for its main context.
  script: `#!/bin/sh
set -eu
export BUILDKIT_HOST="unix://$XDG_RUNTIME_DIR/buildkitd.sock"
mkdir -p "$XDG_RUNTIME_DIR" /tmp/fetch /tmp/context
rootlesskit buildkitd --config ${paths.trust}/buildkitd.toml --addr "$BUILDKIT_HOST" \\
  --oci-worker-no-process-sandbox >/tmp/buildkitd.log 2>&1 &
daemon=$!
tries=0
until buildctl debug workers >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ $tries -gt 600 ] || ! kill -0 $daemon 2>/dev/null; then
    cat /tmp/buildkitd.log
    echo 'error: BuildKit did not start'
    exit 1
  fi
  sleep 0.1
done

echo '${FETCHING}'
echo 'FROM bundle' >/tmp/fetch/Dockerfile
buildctl build --progress plain --frontend dockerfile.v0 --local context=/tmp/fetch --local dockerfile=/tmp/fetch \\
  --opt "context:bundle=docker-image://$BUNDLE" --output type=local,dest=/tmp/context

echo '${BUILDING}'
${READ_WORDS}
set -- "$@" --export-cache "type=registry,ref=$CACHE,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true"
[ "$REUSE" = no ] || set -- "$@" --import-cache "type=registry,ref=$CACHE"
buildctl build --progress plain --frontend dockerfile.v0 --local context=/tmp/context --local dockerfile=/tmp/context \\
  "$@" --metadata-file /tmp/metadata.json --output "type=image,name=$IMAGE,push=true"
sed -n 's/.*"containerimage.digest": *"\\([^"]*\\)".*/\\1/p' /tmp/metadata.json | tr -d '\\n' >$(results.IMAGE_DIGEST.path)
printf %s "$IMAGE" >$(results.IMAGE_URL.path)
`,
  mountsSecrets: true,
  words: (task, file) => [
    ...optionsOf(task, file).flatMap(option => ['--opt', option]),
    ...secretsOf(task).flatMap(secret => ['--secret', secret]),
  ],
  reader: readBuildkit,
  blame: blameOfBuildkit,
};

/**
 * The options of the Dockerfile frontend. An image of the Dockerfile that the map knows becomes a named context, by
 * which BuildKit takes it from where it really comes from.
 */
function optionsOf(
  { request, labels, images }: BuildTask,
  file: string,
): string[] {
  const { target, platform, noCache } = request;
  return [
    // By this BuildKit's own reader of Dockerfiles is used, whatever "# syntax=" asks for: that would be a program
    // from anywhere, with all rights of the build, and an image that many a cluster does not reach.
    'cmdline=',
    `filename=${file}`,
    ...(target === undefined ? [] : [`target=${target}`]),
    ...(platform === undefined ? [] : [`platform=${platform}`]),
    ...(noCache ? ['no-cache='] : []),
    ...request.arguments.map(({ name, value }) => `build-arg:${name}=${value}`),
    ...Object.entries(labels).map(([name, value]) => `label:${name}=${value}`),
    ...request.baseImages.flatMap(image => {
      const name = familiarImageName(image);
      const source = images.get(name);
      // BuildKit looks a context up without the usual tag.
      const context = name.replace(/:latest$/, '');
      return source ? [`context:${context}=docker-image://${source}`] : [];
    }),
  ];
}
