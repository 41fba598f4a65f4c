import { useForeign } from '../support/fixture.ts';

/** What the suites of mirrors say holds for components of other calendars too: each is run again, with those in place of work items. */

useForeign();
await import('../runner.test.ts');
await import('../runner-edits.test.ts');
await import('../runner-faults.test.ts');
await import('../runner-items.test.ts');
await import('../runner-listing.test.ts');
await import('../runner-refusals.test.ts');
await import('../runner-servers.test.ts');
await import('../backup/backup.test.ts');
