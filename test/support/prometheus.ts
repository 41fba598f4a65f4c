/** A line of Prometheus' text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([\w:]+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/g;
const TYPES = ['counter', 'gauge', 'histogram'];

/**
 * The samples of a text in version 0.0.4 of the format, as strictly as its page asks; throws at the first fault.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function samplesOf(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const series = new Set<string>();
  let family = '';
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (line.startsWith('#') && kind === undefined) throw new Error(`no comment is expected: ${line}`);
    if (kind === 'HELP') {
      if (helped.has(name)) throw new Error(`told twice: ${line}`);
      helped.add(name);
    } else if (kind === 'TYPE') {
      if (!NAME.test(name) || !TYPES.includes(rest) || types.has(name) || !helped.has(name)) throw new Error(line);
      types.set(name, rest);
      family = name;
    } else {
      const sample = sampleOf(line);
      const base = types.get(family) === 'histogram' ? sample.name.replace(/_(?:bucket|sum|count)$/, '') : sample.name;
      if (base !== family) throw new Error(`it stands outside of its family: ${line}`);
      if (types.get(family) === 'counter' && sample.value < 0) throw new Error(`a counter below zero: ${line}`);
      const one = line.slice(0, line.lastIndexOf(' '));
      if (series.has(one)) throw new Error(`it stands twice: ${line}`);
      series.add(one);
      samples.push(sample);
    }
  }
  return samples;
}

function sampleOf(line: string): Sample {
  const [, name = '', inside = '', value = ''] = SAMPLE.exec(line) ?? [];
  const found = [...inside.matchAll(LABEL)];
  if (!NAME.test(name) || found.map(([text]) => text).join('') !== inside) throw new Error(`no sample: ${line}`);
  const number = value === '+Inf' ? Infinity : Number(value);
  if (Number.isNaN(number)) throw new Error(`no number: ${line}`);
  return { name, labels: Object.fromEntries(found.map(([, label, text]) => [label!, text!])), value: number };
}
