/** The two lines about the node that stand above everything. Pure. */
import { line, span, type Line, type Span } from '../screen/line.ts'
import { bytes, count, duration, pidText } from '../screen/text.ts'
import type { Model } from './model.ts'
import { unansweredText } from './unanswered.ts'

const lagWarnMs = 100

type Known = Pick<Model, 'overview' | 'rates' | 'session' | 'silentMs' | 'unanswered'> & {
  /** The lag of the first moments means nothing. */
  readonly withoutLag?: boolean
}

export function headLines({ overview, rates, session, silentMs, unanswered, withoutLag }: Known): Line[] {
  const name = span(session.node, 'bold')
  if (session.kind === 'lost')
    return [
      line(name, '  ', span(`not connected: ${session.why}. Trying again every second.`, 'bad')),
      secondLine(overview),
    ]
  if (silentMs > 0) {
    const before = overview === null ? '' : ' What follows is of before.'
    const text = `no answer for ${duration(silentMs)}: it is busy, or stopped.${before}`
    return [line(name, '  ', span(text, 'bad')), secondLine(overview)]
  }
  if (unanswered?.question === 'overview')
    return [line(name, '  ', span(unansweredText(unanswered), 'bad')), secondLine(overview)]
  if (overview === null) return [line(name, '  asking…'), line()]
  const { uptimeMs, loopLagMs, memory } = overview
  const parts: Span[] = [name, span(`  up ${duration(uptimeMs)}`)]
  if (withoutLag !== true) parts.push(span(`  lag ${count(loopLagMs)} ms`, loopLagMs >= lagWarnMs ? 'warn' : 'plain'))
  if (rates !== null)
    parts.push(span(`  cpu ${Math.round(rates.cpuPercent)} %  ${count(rates.reductions)} reductions/s`))
  if (memory !== null) parts.push(span(`  memory ${bytes(memory.residentBytes)} (heap ${bytes(memory.heapBytes)})`))
  return [line(...parts), secondLine(overview)]
}

function secondLine(overview: Model['overview']): Line {
  if (overview === null) return line()
  const { processes, names, timers, waiting, longestMailbox, connections, limitsMet, name } = overview
  const longest =
    longestMailbox === null || longestMailbox.length < 2
      ? ''
      : ` (${longestMailbox.name ?? pidText(longestMailbox.pid, name)} ${count(longestMailbox.length)})`
  const parts = [
    span(`${count(processes)} processes  ${count(names)} names  ${count(timers)} timers  `),
    span(`${count(waiting)} messages waiting${longest}`, waiting >= 1000 ? 'warn' : 'plain'),
  ]
  if (limitsMet > 0) parts.push(span(`  ${count(limitsMet)} limits met`, 'warn'))
  parts.push(
    span(
      `  connected: ${connections.length === 0 ? 'none' : connections.map((each) => shortName(each, name)).join(' ')}`,
    ),
  )
  return line(...parts)
}

/** Nodes of the same host need not say it. */
function shortName(node: string, own: string): string {
  const host = own.slice(own.indexOf('@'))
  return node.endsWith(host) ? node.slice(0, -host.length) : node
}
