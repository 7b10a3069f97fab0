import { renderInTestApp } from '@backstage/frontend-test-utils';
import { palettes } from '@backstage/theme';
import { createTheme } from '@material-ui/core/styles';
import { screen } from '@testing-library/react';
import { tones } from '../tones';
import { StateLabel, states, type State } from '.';

describe('StateLabel', () => {
  const words: [State, string][] = [
    ['queued', 'Queued'],
    ['pending', 'Pending'],
    ['running', 'Running'],
    ['succeeded', 'Succeeded'],
    ['failed', 'Failed'],
    ['skipped', 'Skipped'],
    ['cancelled', 'Cancelled'],
    ['unknown', 'Unknown'],
    ['starting', 'Starting'],
    ['healthy', 'Healthy'],
    ['degraded', 'Degraded'],
    ['down', 'Down'],
    ['passed', 'Passed'],
    ['warning', 'Warning'],
    ['stale', 'Stale'],
    ['up', 'Up'],
    ['restarting', 'Restarting'],
    ['stopped', 'Stopped'],
  ];

  it('has a word for every state, seen or only heard', async () => {
    expect(words.map(([state]) => state).sort()).toEqual(
      Object.keys(states).sort(),
    );
    renderInTestApp(
      <>
        {words.map(([state]) => (
          <p key={state}>
            <StateLabel state={state} />
          </p>
        ))}
        <StateLabel state="failed" detail="in deploy" iconOnly />
      </>,
    );
    for (const [, word] of words)
      expect(await screen.findByText(word)).toBeVisible();
    expect(screen.getByText('Failed in deploy')).toBeInTheDocument();
  });

  it('tells states of one colour apart by their shape', () => {
    const kinds = Object.values(states).map(
      ({ tone, shape }) => `${shape} ${tone}`,
    );
    const shapes = Object.values(states).map(({ shape }) => shape);
    expect(new Set(kinds).size).toBe(new Set(shapes).size);
  });

  describe.each(['light', 'dark'] as const)('in the %s theme', type => {
    const { text, ground, secondInk, thirdInk, sunk, selected } = tones(
      createTheme({ palette: { type } }),
    );
    const { background } = palettes[type];
    const surfaces = [background.default, background.paper, sunk];

    it.each([
      ...Object.entries(text),
      ['secondInk', secondInk],
      ['thirdInk', thirdInk],
    ])('reads %s (AA) on every surface', (_, ink) => {
      for (const surface of surfaces)
        expect(contrast(ink, surface)).toBeGreaterThanOrEqual(4.5);
    });

    it('reads the inks on the grounds they are used on', () => {
      expect(contrast(text.bad, selected)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(text.busy, selected)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(thirdInk, selected)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(text.bad, ground.bad)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(secondInk, ground.quiet)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(secondInk, ground.warning)).toBeGreaterThanOrEqual(4.5);
    });
  });
});

/** Contrast of two colours as WCAG 2 defines it, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio. */
function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort(
    (a, b) => b - a,
  );
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5]
    .map(start => parseInt(color.slice(start, start + 2), 16) / 255)
    .map(value =>
      value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
    );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
