import type { Theme } from '@material-ui/core/styles';
import type { StageName } from '@slipway/backstage-plugin-workspaces-common';

/** What a colour stands for. Each has a text colour that reads (AA) on every surface, and a quiet ground. */
export type Tone = 'good' | 'bad' | 'busy' | 'warning' | 'quiet';

export interface Tones {
  text: Record<Tone, string>;
  ground: Record<Tone, string>;
  /** What explains, and what can wait. The first ink is the theme's own. */
  secondInk: string;
  thirdInk: string;
  line: string;
  /** Ground of code, logs and evidence. */
  sunk: string;
  selected: string;
  mark: string;
  currentMark: string;
  markInk: string;
  stages: Record<StageName, string>;
}

const light: Tones = {
  text: {
    good: '#1a7a36',
    bad: '#bf1f2f',
    busy: '#0a5cbf',
    warning: '#8a5800',
    quiet: '#5c6570',
  },
  ground: {
    good: '#e7f4ea',
    bad: '#fdecee',
    busy: '#e6f0fc',
    warning: '#fdf3dc',
    quiet: '#eef0f2',
  },
  secondInk: '#48515b',
  thirdInk: '#5c6570',
  line: '#dde1e6',
  sunk: '#f4f6f8',
  selected: '#e9f1fb',
  mark: '#ffd75e',
  currentMark: '#ff9d2e',
  markInk: '#1b1400',
  stages: {
    provision: '#74818f',
    fetch: '#4f92d2',
    build: '#4762b8',
    dependencies: '#8d74cc',
    migrate: '#b866af',
    deploy: '#2b9199',
    expose: '#4aa0a5',
    verify: '#8896a5',
    destroy: '#74818f',
  },
};

const dark: Tones = {
  text: {
    good: '#63cb84',
    bad: '#ff9499',
    busy: '#7ebaff',
    warning: '#e6b452',
    quiet: '#b4bbc4',
  },
  ground: {
    good: '#1e3526',
    bad: '#432527',
    busy: '#1d3048',
    warning: '#3a3019',
    quiet: '#383d43',
  },
  secondInk: '#c3c9d0',
  thirdInk: '#b4bbc4',
  line: '#555b63',
  sunk: '#25282c',
  selected: '#2b3d55',
  mark: '#ffd75e',
  currentMark: '#ff9d2e',
  markInk: '#1b1400',
  stages: {
    provision: '#7d8a9a',
    fetch: '#5f9bd6',
    build: '#6f88e0',
    dependencies: '#9d86dc',
    migrate: '#c986c2',
    deploy: '#3ba3ab',
    expose: '#72b9bd',
    verify: '#98a5b3',
    destroy: '#7d8a9a',
  },
};

/** Colours beyond the theme's palette, for the theme that is on. */
export function tones(theme: Theme): Tones {
  return theme.palette.type === 'dark' ? dark : light;
}

/** Text that can be copied as it stands. */
export const monospace =
  'ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace';
