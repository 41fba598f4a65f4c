import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Puts folders of this project, such as "src/store", into another folder as JavaScript, which starts in a third of the time. */
export async function compileTo(target: string, folders: readonly string[]): Promise<void> {
  for (const name of ['node_modules', 'package.json', 'public']) await symlink(join(ROOT, name), join(target, name));
  for (const folder of folders) {
    const names = await readdir(join(ROOT, folder), { recursive: true });
    for (const name of names.filter((one) => one.endsWith('.ts'))) await compileFile(join(folder, name), target);
  }
}

async function compileFile(path: string, folder: string): Promise<void> {
  const { outputText } = ts.transpileModule(await readFile(join(ROOT, path), 'utf8'), {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      rewriteRelativeImportExtensions: true,
      verbatimModuleSyntax: true,
    },
  });
  const target = join(folder, path.replace(/\.ts$/, '.js'));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, outputText);
}
