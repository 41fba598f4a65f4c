import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Values of one metric. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** Registers a metric by its name without prefix, its description, and its labels; `read` is called at each scrape. */
export type Register = (
  name: string,
  help: string,
  labelNames: readonly string[],
  read: () => Iterable<Sample>,
) => void;

/** Registers metrics whose values are kept elsewhere. */
export interface Families {
  readonly gauge: Register;
  readonly counter: Register;
  /** A histogram in seconds, which is observed here. */
  histogram(name: string, help: string, labelName: string, buckets: readonly number[]): Histogram;
}

const PREFIX = 'plane_ics_';

export function createFamilies(registry: Registry): Families {
  const registers = [registry];
  return {
    gauge: (name, help, labelNames, read) => {
      new Gauge({
        name: `${PREFIX}${name}`,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          // A gauge without labels would be reported as 0 where there is no value.
          if (labelNames.length === 0) this.remove();
          for (const [labels, value] of read()) this.set(labels, value);
        },
      });
    },
    counter: (name, help, labelNames, read) => {
      new Counter({
        name: `${PREFIX}${name}`,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          for (const [labels, value] of read()) this.inc(labels, value);
        },
      });
    },
    histogram: (name, help, labelName, buckets) =>
      new Histogram({ name: `${PREFIX}${name}`, help, labelNames: [labelName], buckets: [...buckets], registers }),
  };
}

/** The sample of a metric without labels; none for null. */
export function single(value: number | null): Sample[] {
  return value === null ? [] : [[{}, value]];
}

/** Seconds of milliseconds. */
export function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
