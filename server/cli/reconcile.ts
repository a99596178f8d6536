import type { Reconciliation } from '../reports/index.ts'
import { columns } from './columns.ts'
import { EXIT } from './command.ts'
import type { Command } from './command.ts'
import { ask, refused, withEngine } from './engine-api.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, misuse, parseOptions } from './options.ts'

export const reconcileCommand: Command = {
  name: 'reconcile',
  summary: 'Says whether a day’s usage lines and journals agree with what was sent and what the ERP booked.',
  usage: `usage: aqueduct reconcile --day DAY [--company CODE]

  --day DAY         day on which the lines were received, UTC: 2026-03-01
  --company CODE    only this company

Usage lines of the day are sent, held or excluded; the bridge's journals of the periods of the day's lines are compared with the totals
pulled from the ERP (pull ledger-totals); what is received and not invoiced is aged. Ends with 1 when something does not agree, or was not
compared.

${ENGINE_HELP}

example: aqueduct reconcile --day 2026-03-01`,
  run(args, io) {
    const parsed = parseOptions(args, { options: { ...ENGINE_OPTIONS, day: 'one', company: 'one' }, positionals: [0, 0] })
    if (!parsed.ok) return Promise.resolve(misuse(reconcileCommand, io, parsed.text))
    const { options } = parsed
    const day = options.one('day')
    if (day === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return Promise.resolve(misuse(reconcileCommand, io, 'say which day: --day 2026-03-01'))
    const company = options.one('company')
    return withEngine(options, io, async (engine) => {
      const query = new URLSearchParams({ day, ...(company === undefined ? {} : { company }) })
      const answer = await ask<Reconciliation>(engine, 'GET', `/api/process/v1/reconciliation?${query.toString()}`)
      if (!answer.ok) return refused(io, answer, options.flag('json'))
      io.out(options.flag('json') ? JSON.stringify(answer.body) : told(answer.body))
      return answer.body.differences.length === 0 ? EXIT.good : EXIT.findings
    })
  },
}

function told(report: Reconciliation): string {
  const { usage, messages, ledger, billOnly } = report
  const parts = [
    `${report.day}${report.company === '' ? '' : ` ${report.company}`}: ${String(usage.total)} usage lines = ${String(usage.sent)} sent + ${String(usage.held)} held + ${String(usage.excluded)} excluded`,
    `  held: ${String(usage.waiting)} wait, ${String(usage.refused)} refused by the ERP, ${String(usage.underWay)} on their way`,
    `  messages: ${String(messages.taken)} taken, ${String(messages.filtered)} filtered, ${String(messages.rejected)} rejected, ${String(messages.failed)} failed`,
    `  bill-only: ${String(billOnly.uses)} uses, ${String(billOnly.ordered)} ordered, ${String(billOnly.late)} later than 48 h, longest ${String(billOnly.longestHours)} h`,
  ]
  if (ledger.totals.length > 0) {
    const rows = ledger.totals.map(({ period, account, costCentre, currency, bridge, open, erp }) => [period, account, costCentre, currency, bridge, open, erp])
    parts.push(
      '',
      `ledger ${ledger.period}${ledger.compared ? '' : ': NOT COMPARED: the ERP’s totals were not pulled'}`,
      columns(['PERIOD', 'ACCOUNT', 'COST CENTRE', 'CUR', 'BRIDGE', 'OPEN', 'ERP'], rows),
    )
  }
  if (report.receivedNotInvoiced.length > 0) {
    const rows = report.receivedNotInvoiced.map(({ days, lines, amount, currency }) => [days, String(lines), amount, currency])
    parts.push('', 'received and not invoiced', columns(['DAYS', 'LINES', 'AMOUNT', 'CUR'], rows))
  }
  const found = report.differences.map(({ kind, subject, text }) => `${kind} ${subject}: ${text}`)
  return [...parts, '', ...(found.length === 0 ? ['No differences.'] : found)].join('\n')
}
