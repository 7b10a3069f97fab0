/** The step of a TaskRun that builds; its container is `step-build`. */
export const BUILD_STEP = 'build';
export const BUILD_CONTAINER = `step-${BUILD_STEP}`;

/** What the script says before each of its two parts; BuildKit counts its steps anew in each. */
export const FETCHING = '==> Fetching the bundle';
export const BUILDING = '==> Building';

/** Where a step finds what is mounted. */
export const paths = {
  /** config.json with the login of the registry. */
  login: '/slipway/login',
  /** buildkitd.toml and the authority of the registry. */
  trust: '/slipway/trust',
  /** Where rootless BuildKit keeps its layers: no overlay can stand on a container's own file system. */
  state: '/home/user/.local/share/buildkit',
};

/**
 * Builds with rootless BuildKit, for any image that has it and a shell. Nothing is pasted into it: all that
 * differs comes by the environment, options of the build as words of base64, so that neither the shell nor
 * Tekton nor the kubelet finds anything to replace in them.
 *
 * The bundle is pulled as an image, by the login and the authority that BuildKit has anyway, and laid down as
 * the context: the frontend of Dockerfiles takes no image for its main context.
 */
export const BUILD_SCRIPT = `#!/bin/sh
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
for option in $OPTIONS; do
  set -- "$@" --opt "$(printf %s "$option" | base64 -d)"
done
if [ -n "$CACHE" ]; then
  set -- "$@" --export-cache "type=registry,ref=$CACHE,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true"
  [ "$REUSE" = no ] || set -- "$@" --import-cache "type=registry,ref=$CACHE"
fi
buildctl build --progress plain --frontend dockerfile.v0 --local context=/tmp/context --local dockerfile=/tmp/context \\
  "$@" --metadata-file /tmp/metadata.json --output "type=image,name=$IMAGE,push=true"
sed -n 's/.*"containerimage.digest": *"\\([^"]*\\)".*/\\1/p' /tmp/metadata.json | tr -d '\\n' >$(results.IMAGE_DIGEST.path)
printf %s "$IMAGE" >$(results.IMAGE_URL.path)
`;
