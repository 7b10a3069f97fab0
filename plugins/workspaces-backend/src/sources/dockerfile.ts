import type { BuildArgument } from '@slipway/backstage-plugin-workspaces-common';
import {
  DockerfileParser,
  Keyword,
  type Arg,
  type Env,
  type From,
  type Instruction,
  type ModifiableInstruction,
} from 'dockerfile-ast';

/** What a Dockerfile says about the build, without building. */
export interface DockerfileFacts {
  /** Every image that is neither a stage nor `scratch`, in the order of its first mention. */
  baseImages: string[];
  /** Of the stage that is built last. */
  port?: number;
  /** The frontend that a `syntax` directive asks for. */
  syntax?: string;
}

interface Stage {
  name?: string;
  parent?: Stage;
  variables: Map<string, string>;
  port?: number;
}

/**
 * Reads a Dockerfile. Variables in image names are replaced by the defaults of their ARG,
 * or by the build argument of that name; an image whose name stays open is left out.
 */
export function readDockerfile(
  text: string,
  buildArguments: BuildArgument[] = [],
): DockerfileFacts {
  const given = new Map(buildArguments.map(({ name, value }) => [name, value]));
  const globals = new Map<string, string>();
  const stages: Stage[] = [];
  const images = new Set<string>();
  const mention = (image: string | undefined) => {
    if (image && image !== 'scratch' && !isStage(image, stages))
      images.add(image);
  };

  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const stage = stages.at(-1);
    switch (instruction.getKeyword()) {
      case Keyword.FROM: {
        const from = instruction as From;
        const image = substitute(from.getImage() ?? '', globals);
        mention(image);
        stages.push(newStage(from, image, stages));
        break;
      }
      case Keyword.ARG:
        declareArguments(
          instruction as Arg,
          stage?.variables ?? globals,
          globals,
          given,
        );
        break;
      case Keyword.ENV:
        if (stage) declareEnvironment(instruction as Env, stage.variables);
        break;
      case Keyword.EXPOSE:
        if (stage) stage.port ??= exposedPort(instruction, stage.variables);
        break;
      default:
        imagesOfFlags(instruction).forEach(mention);
    }
  }
  return {
    baseImages: [...images],
    port: portOf(stages.at(-1)),
    syntax: syntaxDirective(text),
  };
}

/** The frontends that every builder of ours has the rules for. */
export function isStandardSyntax(syntax: string): boolean {
  return /^(docker\.io\/)?docker\/dockerfile:1(\.\d+){0,2}(@sha256:[0-9a-f]{64})?$/.test(
    syntax,
  );
}

function newStage(
  from: From,
  image: string | undefined,
  stages: Stage[],
): Stage {
  const parent = stages.findLast(
    ({ name }) => name !== undefined && name === image?.toLowerCase(),
  );
  return {
    name: from.getBuildStage()?.toLowerCase(),
    parent,
    variables: new Map(parent?.variables),
  };
}

function portOf(stage: Stage | undefined): number | undefined {
  return stage && (stage.port ?? portOf(stage.parent));
}

function isStage(image: string, stages: Stage[]): boolean {
  return (
    /^\d+$/.test(image) ||
    stages.some(({ name }) => name === image.toLowerCase())
  );
}

/** An ARG of a stage that has no default takes that of the ARG before the first FROM. */
function declareArguments(
  instruction: Arg,
  variables: Map<string, string>,
  globals: Map<string, string>,
  given: Map<string, string>,
): void {
  for (const property of instruction.getProperties()) {
    const name = property.getName();
    const written = property.getValue();
    const value =
      given.get(name) ??
      (written === null ? globals.get(name) : substitute(written, variables));
    if (value !== undefined) variables.set(name, value);
  }
}

function declareEnvironment(
  instruction: Env,
  variables: Map<string, string>,
): void {
  for (const property of instruction.getProperties()) {
    const value = substitute(property.getValue() ?? '', variables);
    if (value !== undefined) variables.set(property.getName(), value);
  }
}

function exposedPort(
  instruction: Instruction,
  variables: Map<string, string>,
): number | undefined {
  for (const argument of instruction.getArguments()) {
    const [, port, protocol] =
      /^(\d+)(?:-\d+)?(?:\/(\w+))?$/.exec(
        substitute(argument.getValue(), variables) ?? '',
      ) ?? [];
    if (
      port &&
      protocol?.toLowerCase() !== 'udp' &&
      Number(port) >= 1 &&
      Number(port) <= 65535
    )
      return Number(port);
  }
  return undefined;
}

/** `COPY --from=image` and `RUN --mount=type=bind,from=image`. */
function imagesOfFlags(instruction: Instruction): string[] {
  if (!('getFlags' in instruction)) return [];
  return (instruction as ModifiableInstruction)
    .getFlags()
    .flatMap(flag => {
      const value = flag.getValue() ?? '';
      if (flag.getName() === 'from') return [value];
      return flag.getName() === 'mount'
        ? value
            .split(',')
            .filter(part => part.startsWith('from='))
            .map(part => part.slice('from='.length))
        : [];
    })
    .filter(image => image !== '' && !image.includes('$'));
}

const VARIABLE = /\\\$|\$(?:(\w+)|\{(\w+)(?:(:?[-+])([^}]*))?\}|)/g;

/** Replaces `$name`, `${name}`, `${name:-word}` and `${name:+word}`; `undefined` where a value is missing. */
function substitute(
  text: string,
  variables: Map<string, string>,
): string | undefined {
  let open = false;
  const result = text
    .replace(/^(["'])(.*)\1$/, '$2')
    .replace(VARIABLE, (found, plain, braced, operator, word) => {
      if (found === '\\$') return '$';
      const value = variables.get(plain ?? braced ?? '');
      const isSet =
        value !== undefined && !(operator?.startsWith(':') && value === '');
      if (operator?.endsWith('+')) return isSet ? word : '';
      if (isSet) return value;
      if (operator?.endsWith('-')) return word;
      open = true;
      return '';
    });
  return open ? undefined : result;
}

/**
 * What BuildKit would take for a `syntax` directive: after `#` or `//` in the first lines,
 * or a JSON document with that key. A superset, as a frontend is code that we would run.
 */
function syntaxDirective(text: string): string | undefined {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  for (const line of lines[0].startsWith('#!') ? lines.slice(1) : lines) {
    const trimmed = line.trim();
    if (trimmed === '') continue;
    if (trimmed.startsWith('{')) return trimmed;
    if (!/^(#|\/\/)/.test(trimmed)) return undefined;
    const [, value] = /^(?:#|\/\/)\s*syntax\s*=\s*(.+)$/i.exec(trimmed) ?? [];
    if (value) return value.trim();
  }
  return undefined;
}
