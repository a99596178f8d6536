/** Subscriptions out: who asks to be told of what, and how it is told. Pure; server/ sends and keeps count. */
export { admitSubscription } from './admit.ts'
export type { Admission } from './admit.ts'
export { subscriptionCapability } from './capability.ts'
export { notificationBundle, statusBundle } from './notification.ts'
export type { NotificationType, SubscriptionEvent, Told } from './notification.ts'
export { readTerms } from './terms.ts'
export type { PayloadContent, TermRules, Terms } from './terms.ts'
export { isEvent, TOPICS } from './topics.ts'
