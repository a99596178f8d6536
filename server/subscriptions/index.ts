/** Business events for subscribers: the feed that both ways read, and the dispatcher of webhooks. */
export { cloudEventOf } from './cloud-event.ts'
export { createDispatcher } from './dispatcher.ts'
export type { Dispatcher } from './dispatcher.ts'
export { createNoticeFeed } from './feed.ts'
export type { Notice, NoticeFeed } from './feed.ts'
export { createSecret } from './signature.ts'
export { refusalOf } from './target.ts'
