import express, { type Router } from 'express';
import { z } from 'zod';
import type { BackgroundWork } from './background-work.ts';
import { toBmp } from './bitmap.ts';
import { THUMBNAIL_SIZES, type ThumbnailSize } from './image-resizer.ts';

/* As many as the page shows. */
const NEWEST_THUMBNAILS = 4;

const productId = z.coerce.number().int().positive();
const thumbnailSize = z.coerce
  .number()
  .refine((size): size is ThumbnailSize => THUMBNAIL_SIZES.some((each) => each === size), {
    error: `must be one of ${THUMBNAIL_SIZES.join(', ')}`,
  })
  .default(THUMBNAIL_SIZES[0]);
const suggestionQuery = z.object({ q: z.string().trim().min(1).max(40) });

/** How far the background jobs are, and what they have made: a report, thumbnails, suggestions. */
export function backgroundRoutes(background: BackgroundWork): Router {
  const { reportBuilder, imageResizer, indexWarmer } = background;
  const router = express.Router();

  router.get('/background', (_request, response) => {
    const thumbnails = imageResizer.newest.slice(0, NEWEST_THUMBNAILS);
    response.set('Cache-Control', 'no-store').json({ jobs: background.snapshot(), thumbnails });
  });

  router.get('/report', (_request, response) => {
    if (reportBuilder.latest) response.json(reportBuilder.latest);
    else response.status(404).json({ error: 'no report has been finished yet' });
  });

  router.get('/suggestions', (request, response) => {
    const query = suggestionQuery.safeParse(request.query);
    if (!query.success) return void response.status(400).json({ error: z.prettifyError(query.error) });
    const { index } = indexWarmer;
    response.json({ isWarm: index !== undefined, suggestions: index?.suggest(query.data.q) ?? [] });
  });

  router.get('/thumbnails/:id', (request, response) => {
    const size = thumbnailSize.safeParse(request.query.size);
    if (!size.success) return void response.status(400).json({ error: z.prettifyError(size.error) });
    const id = productId.safeParse(request.params.id);
    const thumbnail = id.success ? imageResizer.thumbnail(id.data, size.data) : undefined;
    if (!thumbnail) {
      const error = `there is no thumbnail of product ${request.params.id} at present`;
      return void response.status(404).json({ error });
    }
    // It always comes out the same.
    response.set('Cache-Control', 'max-age=3600').type('image/bmp').send(toBmp(thumbnail));
  });

  return router;
}
