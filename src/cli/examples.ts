import type { Command } from 'commander';

/** Examples below the help of a command, each with its name in front. */
export function examples(...lines: readonly string[]): (context: { readonly command: Command }) => string {
  return ({ command }) => {
    const names = [command.name()];
    for (let above = command.parent; above; above = above.parent) names.unshift(above.name());
    return `\nExamples:\n${lines.map((line) => `  $ ${[...names, line].join(' ').trim()}`).join('\n')}`;
  };
}
