/** A business event as CloudEvents 1.0 JSON: the same over SSE and webhooks. */
import type { Notice } from './feed.ts'

/** `source` names the installation; `id` is the place in the order of commit, so source and id tell a repeat. */
export function cloudEventOf(notice: Notice, installation: string): Readonly<Record<string, unknown>> {
  return {
    specversion: '1.0',
    id: String(notice.seq),
    source: `urn:aqueduct:${encodeURIComponent(installation)}`,
    type: notice.type,
    subject: notice.subject,
    time: new Date(notice.at).toISOString(),
    datacontenttype: 'application/json',
    data: dataOf(notice.body),
  }
}

function dataOf(body: string): unknown {
  try {
    return body === '' ? {} : JSON.parse(body)
  } catch {
    return { text: body }
  }
}
