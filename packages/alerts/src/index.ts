export {
  type AlertConfiguration,
  type AlertConfigurationFile,
  type AlertConfigurationOptions,
  alertConfiguration,
  type ConfiguredEmail,
  type EmailAlerts,
  type SlackAlerts,
} from './alert-configuration.ts';
export type { AlertEvents } from './alert-events.ts';
export { AlertManager } from './alert-manager.ts';
export type { AlertManagerOptions, FlappingOptions } from './alert-manager-options.ts';
export type { AlertSnapshot, ChannelStatus } from './alert-snapshot.ts';
export type { AlertInput, AlertState, Labels, TrackedAlert } from './alert-state.ts';
export type { AlertStats } from './alert-stats.ts';
export { type AlertmanagerChannelOptions, alertmanagerChannel } from './channels/alertmanager-channel.ts';
export {
  type Channel,
  DeliveryError,
  type DeliveryErrorOptions,
  MAX_ALERTS_IN_MESSAGE,
  type Message,
} from './channels/channel.ts';
export { type ConsoleChannelOptions, consoleChannel } from './channels/console-channel.ts';
export { type SlackChannelOptions, slackChannel } from './channels/slack-channel.ts';
export type { WebhookBody } from './channels/webhook-body.ts';
export { type WebhookChannelOptions, webhookChannel } from './channels/webhook-channel.ts';
export {
  type VerifyWebhookOptions,
  verifyWebhook,
  type WebhookHeaders,
} from './channels/webhook-signature.ts';
export type {
  DeliveryOptions,
  EscalationLevel,
  GroupingOptions,
  RouteOptions,
} from './delivery/delivery-options.ts';
export type { NotifierStats } from './delivery/notifier-interface.ts';
export type { RuleStatus } from './engine/alert-engine.ts';
export type { Matchers } from './labels/matchers.ts';
export type { ReportMessage } from './report-messages.ts';
export type { ObservedHealth } from './rules/health-rule.ts';
export { RobustDetector } from './rules/robust-detector.ts';
export type {
  AbsenceRule,
  Aggregate,
  AnomalyDetector,
  AnomalyRule,
  AnomalyVerdict,
  BurnRateRule,
  BurnRateWindow,
  HealthRule,
  MessageContext,
  RateRule,
  Rule,
  RuleBasics,
  ServiceLevelIndicator,
  ThresholdRule,
} from './rules/rule.ts';
export type { MaintenanceWindow, Weekday } from './silences/maintenance-window.ts';
export type { Silence } from './silences/silence.ts';
export type { SilenceInput } from './silences/silence-input.ts';
export type { AlertHistoryQuery, AlertStore, Delivery, StoredState } from './store/alert-store.ts';
export { MemoryAlertStore, type MemoryAlertStoreOptions } from './store/memory-store.ts';
export type { MessageDraft } from './templates/default-words.ts';
export type { MessageTemplates } from './templates/write-message.ts';
