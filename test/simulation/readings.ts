/** What readers were shown, and what must not be in it. */

/** An answer to a reader. */
export interface Reading {
  readonly server: string;
  readonly path: string;
  readonly etag: string | undefined;
  readonly text: string;
}

interface Shown {
  readonly revision: number;
  readonly text: string;
}

/** Finds faults in answers, each by what was answered before. */
export interface Readings {
  /** What is wrong with an answer: sentences. */
  note(reading: Reading): readonly string[];
}

const STAMPS = /^(?:DTSTAMP|LAST-MODIFIED|SEQUENCE):.*\r\n/gm;

export function createReadings(): Readings {
  const bytes = new Map<string, string>();
  const texts = new Map<string, string>();
  const latest = new Map<string, number>();

  /** The same revision never has two texts, and of one server it never goes back. */
  function noteComponent({ server, path }: Reading, uid: string, { revision, text }: Shown): string[] {
    const [one, own] = [`${path} ${uid} ${revision}`, `${server} ${path} ${uid}`];
    const [known, before] = [texts.get(one), latest.get(own)];
    texts.set(one, text);
    latest.set(own, revision);
    return [
      ...(known !== undefined && known !== text ? [`${uid} in ${path} has two texts with the stamp ${revision}`] : []),
      ...(before !== undefined && revision < before ? [`the stamp of ${uid} in ${path} went back at ${server}`] : []),
    ];
  }

  return {
    note: (reading) => {
      const { path, etag, text } = reading;
      const faults: string[] = [];
      const name = `${path} ${etag}`;
      const known = bytes.get(name);
      if (known === text) return faults;
      if (known !== undefined) faults.push(`${path} has two texts with the tag ${etag}`);
      bytes.set(name, text);
      for (const [uid, shown] of componentsOf(text)) faults.push(...noteComponent(reading, uid, shown));
      return faults;
    },
  };
}

/** The events of Plane's items, by UID. */
function componentsOf(text: string): Map<string, Shown> {
  const found = new Map<string, Shown>();
  for (const block of text.match(/^BEGIN:VEVENT\r\n[^]*?^END:VEVENT\r\n/gm) ?? []) {
    const uid = /^UID:(plane-issue-.*)\r$/m.exec(block)?.[1];
    if (uid !== undefined)
      found.set(uid, {
        revision: Number(/^SEQUENCE:(\d+)/m.exec(block)?.[1]),
        text: block.replace(STAMPS, ''),
      });
  }
  return found;
}
