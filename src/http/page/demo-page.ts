const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for HTML, also for attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

/** The content of an item's page in the demo. */
export interface DemoItemPage {
  readonly publicUrl: string;
  readonly key: string;
  /** Rows of name and value. */
  readonly facts: readonly (readonly [string, string])[];
  readonly title: string;
  readonly text: string;
}

/** The page of an item in the demo's Plane, which calendars link to. */
export function demoItemPage({ publicUrl, key, title, facts, text }: DemoItemPage): string {
  const rows = facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('');
  return page({
    title: `${key} ${title}`,
    publicUrl,
    demo: true,
    content: `<h2><span class="key">${escapeHtml(key)}</span> ${escapeHtml(title)}</h2><dl>${rows}</dl><p class="text">${escapeHtml(text)}</p>
      <p><a href="${escapeHtml(publicUrl)}/">All calendars</a></p>`,
  });
}

interface Page {
  readonly title: string;
  readonly publicUrl: string;
  readonly demo: boolean;
  readonly content: string;
}

function page({ title, publicUrl, demo, content }: Page): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="${escapeHtml(publicUrl)}/icon.svg">
<link rel="stylesheet" href="${escapeHtml(publicUrl)}/ui/style.css">
<main>
<h1>plane-ics</h1>
${demo ? '<p class="demo"><strong>DEMO</strong> These are demo projects. Set PLANE_URL, PLANE_API_KEY and PLANE_WORKSPACE to publish yours.</p>' : ''}
${content}
</main>
</html>
`;
}
