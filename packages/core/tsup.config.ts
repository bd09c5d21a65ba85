import { packageBuild } from '../../tsup.base.ts';

// The declarations use Symbol.asyncDispose; without the reference a consumer would need `lib: ["ESNext"]`.
const banner = '/// <reference lib="esnext.disposable" />';

export default packageBuild(['src/index.ts', 'src/statistics/index.ts', 'src/node/index.ts'], {
  dts: { banner },
});
