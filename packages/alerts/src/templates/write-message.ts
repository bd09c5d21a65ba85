import type { Message } from '../channels/channel.ts';
import { defaultSubject, defaultText, MAX_SUBJECT_LENGTH, type MessageDraft } from './default-words.ts';
import { oneLine, plainText } from './plain-text.ts';

/** Own words for messages. What throws or returns no text is reported, and the built-in words stand in for it. */
export interface MessageTemplates {
  /** One line. @defaultValue severity, name and message, or counts where there are several alerts */
  readonly subject?: (message: MessageDraft) => string;
  /** Plain text. @defaultValue each alert with its labels, message, value, threshold and times */
  readonly text?: (message: MessageDraft) => string;
}

/* 50 alerts with long messages fit; nobody reads more. */
const MAX_TEXT_LENGTH = 100_000;

/**
 * Gives a message its words.
 *
 * @param onError learns of a template that failed
 */
export function writeMessage(
  draft: MessageDraft,
  templates: MessageTemplates = {},
  onError: (error: unknown, template: 'subject' | 'text') => void = () => {},
): Message {
  const words = (
    name: 'subject' | 'text',
    standIn: (message: MessageDraft) => string,
    tidy: (text: string) => string,
  ): string => {
    const template = templates[name];
    if (template === undefined) return standIn(draft);
    try {
      const text: unknown = template(draft);
      if (typeof text !== 'string') throw new TypeError(`the template returned ${typeof text}, not a string`);
      return tidy(text) || standIn(draft);
    } catch (error) {
      onError(error, name);
      return standIn(draft);
    }
  };
  return {
    ...draft,
    subject: words('subject', defaultSubject, (text) => oneLine(text, MAX_SUBJECT_LENGTH)),
    text: words('text', defaultText, (text) => plainText(text, MAX_TEXT_LENGTH)),
  };
}

/** Whether the text is the built-in one, so that a channel may lay out the alerts in its own way. */
export function hasDefaultText(message: Message): boolean {
  return message.alerts.length > 0 && message.text === defaultText(message);
}
