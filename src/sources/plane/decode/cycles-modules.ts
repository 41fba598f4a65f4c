import { z } from 'zod';
import { isCalendarDate } from '../../../icalendar/date.ts';
import type { Cycle, Module } from '../../../domain/plane.ts';
import { decoderOf, EPOCH, instant, shapeOf, uuid, type Decoder } from './decode.ts';

/** Cycles and modules as Plane lists them. Source: Plane, apps/api/plane/api/serializers/cycle.py and module.py. */

/** A cycle without its items, which are listed at an address of their own. */
export type CycleRow = Omit<Cycle, 'itemIds'>;

/** A module without its items; `total` is Plane's count of them, the only one of its counts for modules that is right. */
export type ModuleRow = Omit<Module, 'itemIds'> & { readonly total: number };

const day = z.string().refine(isCalendarDate);
/** A day before Plane v0.24.0, an instant since. */
const instantOrDay = instant.or(day);
const count = z.int().min(0);
const group = z.object({
  id: uuid,
  name: z.string(),
  created_at: instant,
  archived_at: z.string().nullable(),
  total_issues: count,
});
const DEFAULTS = { name: '', created_at: EPOCH, archived_at: null, total_issues: 0 };
const ESSENTIAL = new Set(['archived_at']);

const cycleShape = shapeOf(
  'cycle',
  group.extend({
    start_date: instantOrDay.nullable(),
    end_date: instantOrDay.nullable(),
    completed_issues: count,
    cancelled_issues: count,
  }),
  { ...DEFAULTS, start_date: null, end_date: null, completed_issues: 0, cancelled_issues: 0 },
  ESSENTIAL,
);
const moduleShape = shapeOf(
  'module',
  group.extend({ start_date: day.nullable(), target_date: day.nullable(), status: z.string() }),
  { ...DEFAULTS, start_date: null, target_date: null, status: '' },
  ESSENTIAL,
);

/** Cycles; an archived one is not shown, and Plane does not list it. */
export const cycles: Decoder<CycleRow> = decoderOf(cycleShape, (data) =>
  data.archived_at !== null
    ? null
    : {
        id: data.id,
        name: data.name,
        starts: data.start_date,
        ends: data.end_date,
        createdAt: data.created_at,
        total: data.total_issues,
        completed: data.completed_issues,
        cancelled: data.cancelled_issues,
      },
);

/** Modules; an archived one is not shown, and Plane does not list it. */
export const modules: Decoder<ModuleRow> = decoderOf(moduleShape, (data) =>
  data.archived_at !== null
    ? null
    : {
        id: data.id,
        name: data.name,
        startDate: data.start_date,
        targetDate: data.target_date,
        status: data.status,
        createdAt: data.created_at,
        total: data.total_issues,
      },
);
