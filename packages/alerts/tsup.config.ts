import { packageBuild } from '../../tsup.base.ts';

export default packageBuild(['src/index.ts', 'src/email/index.ts', 'src/postgres/index.ts']);
