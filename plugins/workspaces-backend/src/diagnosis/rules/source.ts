import type { StageName } from '@slipway/backstage-plugin-workspaces-common';
import { fact, hasFact, type Rule } from '../rule';

const fetching: readonly StageName[] = ['fetch'];

/** Where a source was refused or could not be brought. */
export const sourceRules: readonly Rule[] = [
  {
    code: 'SOURCE_REJECTED',
    signs: [{ facts: fact('rule', 'changed', 'deadline') }],
    cause: 'The source was refused: {text}.',
    fix: 'Retry from the stage fetch. If it happens again, make the source smaller, or keep it still while it is read.',
    fixedBy: 'user',
  },
  {
    code: 'SOURCE_REJECTED',
    signs: [{ facts: fact('rule', 'upload') }],
    cause: 'The source was refused: {text}.',
    fix: 'Upload the source again (POST /sources) and start a run with the new id.',
    fixedBy: 'user',
  },
  {
    code: 'SOURCE_REJECTED',
    signs: [{ facts: hasFact('rule') }],
    cause: 'The source was refused: {text}.',
    fix: 'Change the source as the cause says, and start a run with it.',
    fixedBy: 'user',
  },
  {
    code: 'DOCKERFILE_AMBIGUOUS',
    signs: [/several Dockerfiles, and none was named; (?<candidates>.+)/],
    cause:
      'The source has several Dockerfiles, and none was named: {candidates}.',
    fix: 'Name the one to build in "build.dockerfile" of the app, or the folder that holds it in "source.path".',
    fixedBy: 'user',
  },
  {
    code: 'DOCKERFILE_MISSING',
    signs: [/there is no Dockerfile at (?<place>[^;]+); (?<candidates>.+)/],
    cause: 'There is no Dockerfile at {place}[; {candidates}].',
    fix: 'Add one, or name the right one in "build.dockerfile" of the app; "source.path" names the folder that is built.',
    fixedBy: 'user',
  },
  {
    code: 'DOCKERFILE_MISSING',
    signs: [
      /Cannot locate specified Dockerfile: (?<place>\S+)/,
      /failed to read dockerfile: open (?:\S*\/)?(?<place>[^/\s]+): no such file or directory/,
      /(?:^|\n)stat (?:\S*\/)?(?<place>[^/\s]*Dockerfile[^/\s]*): no such file or directory/,
    ],
    cause:
      'The build context has no file "{place}", which was to be its Dockerfile.',
    fix: 'Add it, or name the right one in "build.dockerfile" of the app; "source.path" names the folder that is built.',
    fixedBy: 'user',
  },
];

/** What git says. */
export const gitRules: readonly Rule[] = [
  {
    code: 'GIT_AUTH',
    stages: fetching,
    signs: [
      /Authentication failed for '?(?<url>[^'\s]+)/,
      /could not read (?:Username|Password) for '(?<url>[^']+)'/,
      /HTTP Basic: Access denied/,
      /unable to access '(?<url>[^']+)': The requested URL returned error: (?:401|403)/,
    ],
    cause:
      'The git server refuses the login[ for {url}]: the repository is private, and the token is missing or wrong.',
    fix: 'Store a token that may read the repository as a secret, and name the secret in "source.token" of the app.',
    fixedBy: 'user',
  },
  {
    code: 'GIT_AUTH',
    stages: fetching,
    signs: [
      /remote: Repository not found/i,
      /fatal: repository '?(?<url>[^'\s]+)'? not found/,
    ],
    cause:
      'The git server knows no repository[ {url}]; servers answer so also for a private one that the token may not read.',
    fix: 'Correct "source.url" of the app. If the repository is private, name a secret with a token that may read it in "source.token".',
    fixedBy: 'user',
  },
  {
    code: 'GIT_REF_MISSING',
    stages: fetching,
    signs: [
      /couldn't find remote ref (?<revision>\S+)/,
      /pathspec '(?<revision>[^']+)' did not match any file\(s\) known to git/,
      /not our ref (?<revision>\S+)/,
      /Server does not allow request for unadvertised object (?<revision>\S+)/,
    ],
    cause: 'The repository[ {url}] has no branch, tag or commit "{revision}".',
    fix: 'Correct "source.revision" of the app, or push what it names; without it the default branch is taken.',
    fixedBy: 'user',
  },
  {
    code: 'GIT_TLS',
    stages: fetching,
    signs: [
      /unable to access '(?<url>[^']+)': .*(?<problem>certificate verification failed|SSL certificate problem: [^\n]+|certificate subject name [^\n]+)/,
      /(?<problem>SSL certificate problem: [^\n]+)/,
      {
        kinds: ['error'],
        wording:
          /(?<problem>self[- ]signed certificate[^\n]*|unable to (?:verify the first|get local issuer) certificate|certificate has expired|Hostname\/IP does not match certificate's altnames[^\n]*)/,
      },
    ],
    cause:
      'The certificate of the server[ of {url}][ {host}] is not trusted by the portal ({problem}).',
    fix: 'Give the portal the CA that signed it: GIT_SSL_CAINFO for git and NODE_EXTRA_CA_CERTS for downloads, both a PEM file named in its environment.',
    fixedBy: 'operator',
  },
  {
    code: 'SOURCE_DOWNLOAD',
    stages: fetching,
    signs: [
      {
        facts: fact('transport', 'https'),
        wording: /Could not resolve host: (?<name>[^\s()]+)/,
      },
    ],
    cause:
      'The server {name}, from which the source is to be downloaded, cannot be reached: its name has no address.',
    fix: 'Correct "source.url" of the app if its host is wrong. Else an operator lets the machine of the portal resolve and reach it.',
    fixedBy: 'user',
  },
  {
    code: 'GIT_HOST_UNREACHABLE',
    stages: fetching,
    signs: [
      /Could not resolve host: (?<name>[^\s()]+)/,
      /Failed to connect to (?<name>\S+) port (?<port>\d+)/,
      /unable to access '(?<url>[^']+)': .*(?:Connection (?:refused|timed out)|Empty reply from server|Operation timed out)/i,
    ],
    cause:
      'The server[ {name}][ (port {port})] of the source cannot be reached from the portal.',
    fix: 'Correct "source.url" of the app if its host is wrong. Else an operator lets the machine of the portal resolve and reach it.',
    fixedBy: 'user',
  },
  {
    code: 'SOURCE_DOWNLOAD',
    stages: fetching,
    signs: [
      {
        facts: fact('status', 401, 403),
        wording: /(?<answer>\S+ answered (?:401|403)[^\n]*)/,
      },
    ],
    cause: 'The download is refused: {answer}.',
    fix: 'Name a secret with a token that may read the file in "source.token" of the app.',
    fixedBy: 'user',
  },
  {
    code: 'SOURCE_DOWNLOAD',
    stages: fetching,
    signs: [
      { kinds: ['error'], facts: hasFact('status') },
      { kinds: ['error'], facts: hasFact('errorCode') },
    ],
    cause: 'The source could not be downloaded[ from {host}]: {text}.',
    fix: 'Correct "source.url" of the app, or let its server answer, then retry.',
    fixedBy: 'user',
  },
];
