import { Command } from 'commander';
import { expect, test } from '@jest/globals';
import { addFeedFlags, feedOptions, type FeedFlags } from '../../src/cli/feed-flags.ts';

test('flags have dashes between their words, as all flags of commands, and options keep their names', () => {
  const command = addFeedFlags(new Command());
  command.parse(['--calendar-title', '{calendar}: {title}', '--label', 'a', '--label', 'b'], { from: 'user' });
  expect(feedOptions(command.opts<FeedFlags>())).toEqual({ label: 'a,b', calendar_title: '{calendar}: {title}' });
  expect(command.helpInformation()).not.toMatch(/--\w+_/);
});
