import type { AlertManager } from '@evenkeel/alerts';
import { EvenkeelError, errorMessage } from '@evenkeel/core';
import express, { type Router } from 'express';
import { refuseOtherSites } from '../own-page.ts';
import type { AlertInbox } from './alert-inbox.ts';

/* A message lists at most fifty alerts. */
const MAX_BODY = '1mb';
const SHOWN = 10;

/** Alerts of the past and what was told of them, where messages arrive, and what sends a test. */
export function alertRoutes(alerts: AlertManager, inbox: AlertInbox): Router {
  const router = express.Router();

  router.get('/alerts', async (_request, response) => {
    const history = await alerts.history({ limit: SHOWN });
    response.set('Cache-Control', 'no-store').json({ history, messages: inbox.messages });
  });

  router.post(
    '/alerts/inbox',
    express.raw({ type: 'application/json', limit: MAX_BODY }),
    (request, response) => {
      try {
        inbox.receive(request.headers, request.body);
        response.status(204).end();
      } catch (error) {
        if (!(error instanceof EvenkeelError)) throw error;
        response.status(401).json({ error: error.message });
      }
    },
  );

  router.post('/alerts/test', refuseOtherSites, async (_request, response) => {
    try {
      await alerts.sendTest('inbox');
      response.status(202).json({ sent: true });
    } catch (error) {
      response.status(502).json({ error: errorMessage(error) });
    }
  });

  return router;
}
