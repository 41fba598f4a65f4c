/** The record that a sealed secret belongs to: kind and id, and what else must be the same for the secret to be used. */
export type SealedFor = readonly (string | boolean | null)[];

/** Seals secrets, each for one record. `open` returns null for what was sealed with another key, or for another record. */
export interface Seal {
  seal(secret: string, record: SealedFor): string;
  open(sealed: string, record: SealedFor): string | null;
}
