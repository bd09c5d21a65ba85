import type { RequestHandler } from 'express';

/** Browsers say which site makes them ask; pages of others must not command the demo of who visits them. */
export const refuseOtherSites: RequestHandler = (request, response, next) => {
  const { origin, host } = request.headers;
  if (origin === undefined || origin.replace(/^https?:\/\//, '') === host) return next();
  response.status(403).json({ error: 'only this page may do that' });
};
