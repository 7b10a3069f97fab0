/** The step of a TaskRun that builds; its container is `step-build`. */
export const BUILD_STEP = 'build';
export const BUILD_CONTAINER = `step-${BUILD_STEP}`;

/** What scripts say before each of their two parts; a builder counts its steps anew in each. */
export const FETCHING = '==> Fetching the bundle';
export const BUILDING = '==> Building';
/** Said after a failure by scripts of builders whose last words cannot be told from those of a command. */
export const FAILED = '==> Failed';
/** Said where the builder itself does not speak of it. */
export const PUSHING = '==> Pushing the image';
export const PUSHED = '==> Pushed';

/** Where a step finds what is mounted. */
export const paths = {
  /** config.json with the login of the registry. */
  login: '/slipway/login',
  /** How builders speak to registries: buildkitd.toml, registries.conf, the authority of the registry. */
  trust: '/slipway/trust',
  /** The values that steps of the Dockerfile may mount, by their names. */
  secrets: '/slipway/secrets',
};

/**
 * Makes arguments of the shell of the variable WORDS. Nothing is pasted into a script: all that differs comes by the
 * environment, words of a build in base64, so that neither the shell nor Tekton nor the kubelet finds anything to
 * replace in them.
 */
export const READ_WORDS = `for word in $WORDS; do
  set -- "$@" "$(printf %s "$word" | base64 -d)"
done`;

/** Lays down what is built in place of the Dockerfile of the source, where there is such a thing. */
export const layDownDockerfile = (path: string) =>
  `[ -z "$DOCKERFILE" ] || printf %s "$DOCKERFILE" | base64 -d >${path}`;

/** Where that is, below the state of a builder. */
export const changedDockerfile = (state: string) => `${state}/Dockerfile`;
