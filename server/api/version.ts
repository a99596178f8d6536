/** Version of the interfaces and of the release that serves them. */
export const VERSION = '0.1.0'
