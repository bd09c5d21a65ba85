export { type EmailChannelOptions, emailChannel, type Mail, type MailTransport } from './email-channel.ts';
