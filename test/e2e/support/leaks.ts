/** Looks for secrets in texts. */

/** Every way in which it may be written: as it is, in an address, in a header of Basic, escaped in JSON. */
function forms(secret: string): string[] {
  const percent = [...Buffer.from(secret)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  const base64 = [0, 1, 2].map((shift) => {
    const whole = Buffer.from(`${'x'.repeat(shift)}${secret}`).toString('base64');
    // Without the ends, which depend on what is beside it.
    return whole.slice(shift === 0 ? 0 : 4, -4);
  });
  const plain = [secret, encodeURIComponent(secret), new URLSearchParams([['', secret]]).toString().slice(1), percent];
  return [
    ...plain,
    percent.toUpperCase(),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}

/** Which of the secrets occur in which of the texts, in any form. */
export function leaksOf(secrets: Readonly<Record<string, string>>, texts: readonly string[]): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    texts
      .filter((text) => forms(secret).some((form) => text.includes(form)))
      .map((text) => `${name}: ${text.slice(0, 300)}`),
  );
}
