import { z } from 'zod';
import { isCalendarDate } from '../calendar/date.ts';
import type { Cycle, Module } from '../domain.ts';
import { instant, instantOrNull, uuid } from './decode.ts';

/** Cycles and modules as Plane lists them. Source: Plane, apps/api/plane/api/serializers/cycle.py and module.py. */

/** A cycle without its items, which have an address of their own. */
export type CycleRow = Omit<Cycle, 'itemIds'>;

/** A module without its items; `total` is Plane's count of them, the only one of its counts for modules that is right. */
export type ModuleRow = Omit<Module, 'itemIds'> & { readonly total: number };

const day = z.string().refine(isCalendarDate);
const dayOrNull = day.nullable().catch(null);
/** A day before v0.24.0, an instant since. */
const instantOrDay = instant.or(day).nullable().catch(null);
const count = z.int().min(0).catch(0);
const plan = z.object({
  id: uuid,
  name: z.string().catch(''),
  created_at: instantOrNull,
  archived_at: z.null().optional(),
  total_issues: count,
});

const cycle = plan.extend({
  start_date: instantOrDay,
  end_date: instantOrDay,
  completed_issues: count,
  cancelled_issues: count,
});

const module = plan.extend({ start_date: dayOrNull, target_date: dayOrNull, status: z.string().catch('') });

/** The cycle; null when it isn't one, or is archived (which Plane does not list). */
export function decodeCycle(json: unknown): CycleRow | null {
  const { success, data } = cycle.safeParse(json);
  if (!success) return null;
  return {
    id: data.id,
    name: data.name,
    starts: data.start_date,
    ends: data.end_date,
    createdAt: data.created_at ?? 0,
    total: data.total_issues,
    completed: data.completed_issues,
    cancelled: data.cancelled_issues,
  };
}

/** The module; null when it isn't one, or is archived (which Plane does not list). */
export function decodeModule(json: unknown): ModuleRow | null {
  const { success, data } = module.safeParse(json);
  if (!success) return null;
  return {
    id: data.id,
    name: data.name,
    startDate: data.start_date,
    targetDate: data.target_date,
    status: data.status,
    createdAt: data.created_at ?? 0,
    total: data.total_issues,
  };
}
