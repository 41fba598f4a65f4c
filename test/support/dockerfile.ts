import { readFileSync } from 'node:fs';
import { DockerfileParser, type Copy, type Env, type JSONInstruction } from 'dockerfile-ast';

/** The Dockerfile as what it does, for tests that judge it and for one that does it. */

export interface Step {
  /** In capitals. */
  readonly keyword: string;
  /** As written, in one line, without flags. */
  readonly text: string;
  /** Split at spaces, without flags; of the exec form its strings. */
  readonly words: readonly string[];
  readonly isExecForm: boolean;
  readonly flags: Readonly<Record<string, string>>;
  /** Of ENV, ARG and LABEL. */
  readonly properties: Readonly<Record<string, string>>;
}

export interface Stage {
  readonly base: string;
  readonly name: string | null;
  readonly steps: readonly Step[];
}

const root = new URL('../../', import.meta.url);

/** The text of a file of the project. */
export const projectText = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** What is in the file, stage by stage. */
export function stagesOf(text: string): Stage[] {
  const stages: { base: string; name: string | null; steps: Step[] }[] = [];
  const file = DockerfileParser.parse(text);
  const froms = file.getFROMs();
  for (const instruction of file.getInstructions()) {
    if (instruction.getKeyword() === 'FROM') {
      const from = froms[stages.length]!;
      stages.push({ base: from.getImage() ?? '', name: from.getBuildStage(), steps: [] });
      continue;
    }
    // The library's classes, told apart by what they can.
    const maybe = instruction as Partial<Env & Copy & JSONInstruction> & typeof instruction;
    const strings = maybe.getJSONStrings?.().map((one) => one.getJSONValue()) ?? [];
    const flags = maybe.getFlags?.() ?? [];
    const words = instruction.getArguments().map((one) => one.getValue());
    stages.at(-1)?.steps.push({
      keyword: instruction.getKeyword(),
      text: (instruction.getArgumentsContent() ?? '').replace(/^(?:--\S+\s+)+/, '').replace(/\s+/g, ' '),
      words: strings.length > 0 ? strings : words.filter((word) => !word.startsWith('--')),
      isExecForm: strings.length > 0,
      flags: Object.fromEntries(flags.map((flag) => [flag.getName(), flag.getValue() ?? ''])),
      properties: Object.fromEntries(
        (maybe.getProperties?.() ?? []).map((one) => [one.getName(), one.getValue() ?? '']),
      ),
    });
  }
  return stages;
}

/** What `.dockerignore` lets through, by name: it leaves out all, then takes names back, and knows no other patterns. */
export function buildContext(): Set<string> {
  const lines = projectText('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.shift() !== '*' || lines.some((line) => !/^![\w.-]+$/.test(line)))
    throw new Error('.dockerignore must be *, then lines such as !src: its tests understand nothing else');
  return new Set(lines.map((line) => line.slice(1)));
}
