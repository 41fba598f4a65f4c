/** Seals secrets; `open` returns null for what was sealed with another key. */
export interface Seal {
  seal(secret: string): string;
  open(sealed: string): string | null;
}
