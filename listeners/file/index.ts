/** Files dropped into a folder, one message each. */
export { startFileListener } from './listener.ts'
export type { FileListenerDeps, FileListenerOptions } from './listener.ts'
