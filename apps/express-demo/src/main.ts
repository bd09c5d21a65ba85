import { startService } from './service.ts';
import { readSettings } from './settings.ts';

/* Longer than all that stop() waits for, and within what is promised to the visitor. */
const STOP_LIMIT_MS = 2500;

await main();

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  if ('faults' in settings) return fail(settings.faults.join('\n'));
  try {
    const service = await startService(settings);
    let stopping = false;
    const stop = (): void => {
      // npx, pnpm and the terminal may each pass the signal on.
      if (stopping) return;
      stopping = true;
      setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
      service.stop().then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      );
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    console.log(`\nEvenkeel demo: ${service.description}`);
    console.log(`  dashboard  ${service.address}/`);
    console.log(`  service    ${service.address}/products/1`);
    console.log(`  metrics    ${service.address}/metrics`);
    console.log('Ctrl-C stops it.\n');
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): void {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
