import { z } from 'zod';
import { instant } from '../responses.ts';

/** The API's answers about members who signed in. */

const id = z.string();

/** What a member may see since they signed in. */
export const grantAnswer = z.strictObject({
  member: z.strictObject({ id, name: z.string() }),
  projects: z.array(z.strictObject({ id, identifier: z.string().nullable(), role: z.enum(['member', 'guest']) })),
  signed_in: instant,
  until: instant.describe('when it ends, or ended; then their links pause until the next sign-in'),
  state: z.enum(['active', 'ended', 'revoked']),
  links: z.int().min(0).describe('links of theirs that are not revoked'),
});
/** Everyone who ever signed in. */
export const grantsAnswer = z.strictObject({ grants: z.array(grantAnswer) });
