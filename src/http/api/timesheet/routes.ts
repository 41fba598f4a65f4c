import { Readable } from 'node:stream';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { z } from 'zod';
import { AppError } from '../../../domain/errors.ts';
import { exportCsv, sheetCsv } from '../../../timesheet/exports/csv.ts';
import type { Timesheet } from '../../../timesheet/timesheet.ts';
import { createYieldPoint } from '../../../lib/cooperative.ts';
import { truncate } from '../../../lib/truncate.ts';
import { audienceOf, type Guard } from '../../middleware/auth.ts';
import { readJson } from '../../middleware/body.ts';
import { mapped, sendLists } from '../send-list.ts';
import {
  changedJson,
  entryJson,
  exportJson,
  goneJson,
  ignoredJson,
  rowJson,
  ruleJson,
  sourceJson,
  totalJson,
} from './json.ts';
import {
  correctionRequest,
  exportParameters,
  exportRequest,
  ruleRequest,
  settleRequest,
  sheetParameters,
  toExport,
  toQuery,
} from './request.ts';
import type { correctionAnswer, exportsAnswer, rulesAnswer } from './responses.ts';

export interface TimesheetRoutesOptions {
  readonly timesheet: Timesheet;
  readonly guard: Guard;
}

const idOf = (ctx: Context & { params: { id?: string } }): string => ctx.params.id ?? '';

/** `/api/v1/timesheet`: hours that are in calendars, matched to Plane. Members see and correct their own. */
export function timesheetRoutes(router: Router, { timesheet, guard }: TimesheetRoutesOptions): void {
  const member = guard('member');
  router.get('timesheet', '/api/v1/timesheet', member, async (ctx) => {
    const { format, ...fields } = parametersOf(ctx, sheetParameters);
    const sheet = await timesheet.read({ ...toQuery(fields), viewer: audienceOf(ctx) });
    const { from, to, warnings, projects } = sheet;
    if (format === 'csv') {
      await sendCsv(ctx, `timesheet-${from}-${to}`, sheetCsv(sheet));
      return;
    }
    await sendLists(
      ctx,
      { from, to, warnings },
      {
        entries: mapped(sheet.entries, entryJson),
        ignored: mapped(sheet.ignored, ignoredJson),
        totals: mapped(sheet.totals, totalJson),
        gone: mapped(sheet.gone, goneJson),
        sources: mapped(sheet.sources, sourceJson),
        projects: mapped(projects, ({ id, identifier, name }) => ({ id, identifier, name })),
      },
    );
  });
  router.post('correction of an entry', '/api/v1/timesheet/corrections', member, async (ctx) => {
    const { instance = null, ...request } = await readJson(ctx, correctionRequest);
    const { rule } = await timesheet.correct({ ...request, instance, viewer: audienceOf(ctx) });
    ctx.body = { rule: rule && ruleJson(rule) } satisfies z.infer<typeof correctionAnswer>;
  });
  router.get('rules', '/api/v1/timesheet/rules', member, async (ctx) => {
    const rules = await timesheet.rules(audienceOf(ctx));
    ctx.body = { rules: rules.map(ruleJson) } satisfies z.infer<typeof rulesAnswer>;
  });
  router.post('new rule', '/api/v1/timesheet/rules', member, async (ctx) => {
    const request = await readJson(ctx, ruleRequest);
    ctx.body = ruleJson(await timesheet.addRule({ ...request, viewer: audienceOf(ctx) }));
    ctx.status = 201;
  });
  router.delete('removed rule', '/api/v1/timesheet/rules/:id', member, async (ctx) => {
    await timesheet.removeRule(idOf(ctx), audienceOf(ctx));
    ctx.status = 204;
  });
  exportRoutes(router, { timesheet, guard });
}

/** What was exported: for the administrator. */
function exportRoutes(router: Router, { timesheet, guard }: TimesheetRoutesOptions): void {
  const admin = guard('admin');
  router.get('exports', '/api/v1/timesheet/exports', admin, async (ctx) => {
    const exports = await timesheet.exports();
    ctx.body = { exports: exports.map(exportJson) } satisfies z.infer<typeof exportsAnswer>;
  });
  router.post('new export', '/api/v1/timesheet/exports', admin, async (ctx) => {
    ctx.body = exportJson(await timesheet.createExport(toExport(await readJson(ctx, exportRequest))));
    ctx.status = 201;
  });
  router.get('recorded export', '/api/v1/timesheet/exports/:id', admin, async (ctx) => {
    const { format } = parametersOf(ctx, exportParameters);
    const recorded = await timesheet.readExport(idOf(ctx));
    if (format === 'csv') {
      await sendCsv(ctx, `timesheet-${recorded.from}-${recorded.to}`, exportCsv(recorded));
      return;
    }
    await sendLists(ctx, exportJson(recorded), {
      rows: mapped(recorded.rows, rowJson),
      changed_entries: mapped(recorded.changedEntries, changedJson),
      gone_entries: mapped(recorded.goneEntries, goneJson),
    });
  });
  router.delete('removed export', '/api/v1/timesheet/exports/:id', admin, async (ctx) => {
    await timesheet.removeExport(idOf(ctx));
    ctx.status = 204;
  });
  router.post('settled entry', '/api/v1/timesheet/settle', admin, async (ctx) => {
    const { instance = null, ...entry } = await readJson(ctx, settleRequest);
    await timesheet.settle({ ...entry, instance });
    ctx.status = 204;
  });
}

/** The parameters of the address. Throws `invalid` with the first that is wrong or unknown. */
function parametersOf<T>(ctx: Context, schema: z.ZodType<T> & { readonly shape: object }): T {
  const { success, data, error } = schema.safeParse(Object.fromEntries(new URLSearchParams(ctx.querystring)));
  if (success) return data;
  const [fault] = error.issues;
  if (fault?.code === 'unrecognized_keys')
    throw new AppError(
      'invalid',
      `There is no parameter "${truncate(String(fault.keys[0]), 40)}"; there are: ${Object.keys(schema.shape).join(', ')}.`,
    );
  throw new AppError('invalid', `"${fault?.path.join('.') ?? ''}" ${fault?.message ?? 'is invalid'}.`);
}

/** Its length is sent with it, so that a download that was cut short is noticed; it can be repeated. */
async function sendCsv(ctx: Context, fileName: string, lines: Iterable<string>): Promise<void> {
  const pause = createYieldPoint();
  const pieces: Buffer[] = [];
  let text = '';
  for (const line of lines) {
    text += line;
    const yielding = pause();
    if (!yielding) continue;
    pieces.push(Buffer.from(text));
    text = '';
    await yielding;
  }
  pieces.push(Buffer.from(text));
  ctx.body = Readable.from(pieces, { objectMode: false });
  ctx.length = pieces.reduce((sum, { length }) => sum + length, 0);
  ctx.type = 'text/csv; charset=utf-8';
  ctx.set('Content-Disposition', `attachment; filename="${fileName}.csv"`);
}
