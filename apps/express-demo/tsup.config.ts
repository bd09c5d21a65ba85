import { packageBuild } from '../../tsup.base.ts';

export default packageBuild(
  ['src/main.ts', 'src/traffic/traffic.ts', 'src/workers/worker.ts', 'src/catalogue/index.ts'],
  { dts: false, platform: 'node' },
);
