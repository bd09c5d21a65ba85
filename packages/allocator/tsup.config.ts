import { packageBuild } from '../../tsup.base.ts';

export default packageBuild(['src/index.ts', 'src/node/index.ts', 'src/browser/index.ts']);
