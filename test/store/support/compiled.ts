import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FOLDERS = ['src/domain', 'src/lib', 'src/store', 'test/store/support'];

/** Puts the store and its test programs into a folder as JavaScript, which starts faster than TypeScript; returns the path of `program`. */
export async function compileTo(folder: string, program: string): Promise<string> {
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  for (const part of FOLDERS) {
    const names = await readdir(join(ROOT, part), { recursive: true });
    for (const name of names.filter((one) => one.endsWith('.ts'))) await compileFile(join(part, name), folder);
  }
  return join(folder, 'test/store/support', program);
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
