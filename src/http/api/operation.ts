import type { z } from 'zod';

/** One method of one address. */
export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As OpenAPI writes it, with parameters in braces. */
  readonly path: string;
  readonly summary: string;
  /** Who may use it: anyone; the administrator; also members who signed in; or also the metrics token. */
  readonly for: 'anyone' | 'admin' | 'member' | 'metrics';
  readonly query?: readonly (readonly [name: string, text: string])[];
  readonly body?: z.ZodType;
  /** Whether the body may be left out. */
  readonly bodyIsOptional?: boolean;
  /** By status: JSON of a schema, another media type, or null for no body. */
  readonly answers: Readonly<Record<number, z.ZodType | string | null>>;
}
