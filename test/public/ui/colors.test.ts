import { expect, test } from '@jest/globals';

interface Colors {
  colorsOfProjects(events: readonly object[], projects: readonly object[]): Map<string, { readonly color: string }>;
}

const { colorsOfProjects } = (await import(new URL('../../../public/ui/colors.js', import.meta.url).href)) as Colors;

test('what has no color of its own gets none that looks like the color of another', () => {
  const events = ['Holidays', 'On-call', 'WEB'].map((project) => ({ project }));
  const projects = [
    { identifier: 'Holidays', name: 'Holidays', color: null },
    { identifier: 'On-call', name: 'On-call', color: null },
    { identifier: 'WEB', name: 'Website', color: '#3e63dd' },
  ];
  const colors = [...colorsOfProjects(events, projects).values()].map(({ color }) => color);
  expect(colors).toEqual(['#0b8a7d', '#c2557a', '#3e63dd']);
});
