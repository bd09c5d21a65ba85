export { Catalogue } from './catalogue.ts';
export { openDatabase } from './database.ts';
export { catalogueRoutes } from './routes.ts';
export { prepareCatalogue } from './schema.ts';
