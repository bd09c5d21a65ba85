import { packageBuild } from '../../tsup.base.ts';

export default packageBuild(['src/index.ts', 'src/redis/index.ts', 'src/keyv/index.ts'], {
  // Puts the constants of src/store/layout.ts into the code as numbers, which the speed of a hit depends on.
  esbuildOptions: (options) => {
    options.minifySyntax = true;
  },
});
