import { quantity } from './quantity';

describe('quantity', () => {
  it.each([
    ['12345678n', 0.012345678],
    ['250m', 0.25],
    ['2', 2],
    ['64Mi', 67108864],
    ['1.5G', 1.5e9],
  ])('reads %s', (text, number) => {
    expect(quantity(text)).toBeCloseTo(number, 9);
  });

  it('is no number where it is none', () => {
    expect(quantity('many')).toBeNaN();
  });
});
