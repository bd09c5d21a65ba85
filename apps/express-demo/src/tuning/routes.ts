import { StateError, UnknownNameError } from '@evenkeel/core';
import express, { type Response, type Router } from 'express';
import { refuseOtherSites } from '../own-page.ts';
import type { IndexTrials } from './index-trials.ts';

/** What came of the indexes that were made as advised, and what makes and drops them. */
export function tuningRoutes(trials: IndexTrials): Router {
  const router = express.Router();

  /* What takes long goes on after the answer. */
  const begin = (response: Response, action: () => void): void => {
    try {
      action();
      response.status(202).json(trials.snapshot());
    } catch (error) {
      if (error instanceof UnknownNameError) response.status(404).json({ error: error.message });
      else if (error instanceof StateError) response.status(409).json({ error: error.message });
      else throw error;
    }
  };

  router.get('/database', (_request, response) => {
    response.set('Cache-Control', 'no-store').json(trials.snapshot());
  });
  router.use('/database', refuseOtherSites);
  router.post('/database/survey', (_request, response) => begin(response, () => trials.look()));
  router.post('/database/indexes/:id/make', (request, response) => {
    begin(response, () => trials.make(request.params.id));
  });
  router.post('/database/indexes/:id/drop', (request, response) => {
    begin(response, () => trials.drop(request.params.id));
  });

  return router;
}
