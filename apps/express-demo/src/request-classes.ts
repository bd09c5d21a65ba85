import type { RequestClass } from '@evenkeel/allocator';
import type { LoadSheddingOptions } from '@evenkeel/allocator/node';

/* What tells how the service is must be heard most when it is busy; it costs next to nothing. So must what mends it. */
const ALWAYS_ANSWERED = /^\/(?:health|metrics|dashboard|background|workers|database|alerts)(?:[/?]|$)/;

/** Which requests go first when not all can be served: orders are the last to be refused, searches the first. */
export const REQUEST_CLASSES: LoadSheddingOptions = {
  exempt: ({ url = '' }) => ALWAYS_ANSWERED.test(url),
  classify: ({ method, url = '' }): RequestClass => {
    if (method === 'POST') return 'essential';
    return /[?&]q=/.test(url) ? 'background' : 'normal';
  },
};
