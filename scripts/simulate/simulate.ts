import { runSimulation } from './run-simulation.ts';

/** `npm run simulate`: see main.ts, which takes the arguments. */

const { code } = await runSimulation(process.argv.slice(2), 'inherit');
process.exitCode = code ?? 1;
