import { ConfigurationError } from '@evenkeel/core';
import type { PerformanceSystem } from '@evenkeel/performance-system';
import express, { type Router } from 'express';

const TYPES = {
  html: 'text/html',
  json: 'application/json',
  csv: 'text/csv',
  markdown: 'text/markdown',
} as const;

/** Reports of what was recorded: `/performance-report?range=15m&format=html`. */
export function reportRoutes(system: PerformanceSystem): Router {
  const { reporter } = system.getComponent('logger');
  const router = express.Router();
  router.get('/performance-report', async (request, response) => {
    const { range = '1h', format = 'html' } = request.query;
    try {
      // Both are checked where they are used.
      const report = await reporter.generatePerformanceReport(range as string);
      const text = reporter.exportReport(report, format as keyof typeof TYPES);
      response
        .set('Cache-Control', 'no-store')
        .type(TYPES[format as keyof typeof TYPES])
        .send(text);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      response.status(400).json({ error: error.message });
    }
  });
  return router;
}
