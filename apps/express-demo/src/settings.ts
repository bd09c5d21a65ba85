import { z } from 'zod';

/** What the demo takes from its environment. */
export interface DemoSettings {
  /** Undefined: 3000, or any free port where that is taken. 0: any free port. */
  readonly port: number | undefined;
  readonly host: string;
  /** A PostgreSQL to use in place of the embedded one. */
  readonly databaseUrl: string | undefined;
  /** Where the embedded database is kept; undefined: in memory, and gone with the process. */
  readonly dataDirectory: string | undefined;
  /** A Redis that instances of the demo share behind their caches. */
  readonly redisUrl: string | undefined;
  /** Products to generate when the catalogue is empty. */
  readonly products: number;
  /** Requests per second that the visitors make; 0 keeps them away. */
  readonly traffic: number;
  /** Percent of one core that each background job takes when nothing else needs it; 0 begins none. */
  readonly background: number;
  /** Processes behind the load balancer that quote deliveries; 0 starts none, and nothing is quoted. */
  readonly workers: number;
}

const whole = (min: number, max: number) => {
  const error = `an integer from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
};

const schema = z.object({
  PORT: whole(0, 65_535).optional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, { error: 'an address such as postgres://user@host/database' })
    .optional(),
  DATA_DIR: z.string().optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, { error: 'an address such as redis://localhost:6379' })
    .optional(),
  PRODUCTS: whole(1, 1_000_000).default(60_000),
  TRAFFIC: whole(0, 2000).default(25),
  BACKGROUND: whole(0, 100).default(4),
  WORKERS: whole(0, 8).default(3),
});

/** Reads the settings; every fault is told, each with its variable, value and what is accepted. */
export function readSettings(
  variables: Readonly<Record<string, string | undefined>>,
): DemoSettings | { faults: string[] } {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => {
      const name = String(path[0]);
      // An address may hold a password.
      const value = name.endsWith('_URL') ? 'something else' : JSON.stringify(given[name]);
      return `${name} must be ${message}, got ${value}`;
    });
    return { faults };
  }
  const {
    PORT: port,
    HOST: host,
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDirectory,
    REDIS_URL: redisUrl,
    PRODUCTS: products,
    TRAFFIC: traffic,
    BACKGROUND: background,
    WORKERS: workers,
  } = result.data;
  if (databaseUrl !== undefined && dataDirectory !== undefined) {
    return {
      faults: ['DATA_DIR must be absent where DATABASE_URL is given: it is of the embedded database'],
    };
  }
  return { port, host, databaseUrl, dataDirectory, redisUrl, products, traffic, background, workers };
}
