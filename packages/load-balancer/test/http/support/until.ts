/* What is waited for comes at once; a machine that is busy with other tests may take its time. */
export const PATIENCE_MS = 15_000;

/** Resolves when the condition holds; throws when that takes too long. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > untilMs) throw new Error(`not within ${PATIENCE_MS} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
