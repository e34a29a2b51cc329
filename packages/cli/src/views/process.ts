/** One process as lines. Pure. */
import type { InspectedNeighbour, ProcessView, Some, StateView } from '@agner/behaviours'
import { blank, line, span, type Line, type Span } from '../screen/line.ts'
import { bytes, count, pidText } from '../screen/text.ts'

const label = (text: string): Span => span(`${text.padEnd(12)} `, 'dim')

export function processLines(view: ProcessView, node: string): Line[] {
  const title = view.name ?? view.what ?? 'a process'
  return [
    line(
      span(title, 'bold'),
      `  ${pidText(view.pid, node)}`,
      ...(view.label === null ? [] : [span(`  ${view.label}`, 'accent')]),
    ),
    blank,
    line(label('runs'), view.what ?? 'a function without a name', ...codeOf(view)),
    line(label('status'), span(view.status, view.status === 'suspended' ? 'warn' : 'plain'), ...traits(view)),
    line(
      label('mailbox'),
      span(count(view.mailbox), view.mailbox >= 100 ? 'warn' : 'plain'),
      `  ${count(view.reductions)} reductions  about ${bytes(view.memoryBytes)}`,
    ),
    line(label('parent'), view.parent === null ? 'none' : shortNode(view.parent.text, node)),
    ...neighbours('links', view.links, node),
    ...neighbours('monitors', view.monitors, node),
    ...neighbours('monitored by', view.monitoredBy, node),
    ...dictionary(view),
    ...messages(view),
    blank,
    ...state(view.state),
  ]
}

function codeOf({ what, initialCall, currentFunction }: ProcessView): Span[] {
  const spawned = initialCall === null || initialCall === what ? [] : [span(`  spawned as ${initialCall}`)]
  const now = currentFunction === null || currentFunction === initialCall ? [] : [span(`  now ${currentFunction}`)]
  return [...spawned, ...now]
}

function traits({ trapsExits, priority }: ProcessView): Span[] {
  return [
    ...(trapsExits ? [span('  traps exits')] : []),
    ...(priority === 'normal' ? [] : [span(`  priority ${priority}`)]),
  ]
}

function shortNode(text: string, node: string): string {
  return text.replaceAll(`<${node}.`, '<')
}

function neighbours(title: string, { shown, total }: Some<InspectedNeighbour>, node: string): Line[] {
  if (total === 0) return [line(label(title), 'none')]
  const lines = shown.map(({ text }, index) => line(label(index === 0 ? title : ''), shortNode(text, node)))
  return total > shown.length
    ? [...lines, line(label(''), span(`… ${count(total - shown.length)} more`, 'dim'))]
    : lines
}

function dictionary({ dictionary: { shown, total } }: ProcessView): Line[] {
  if (total === 0) return []
  const lines = shown.map(({ key, value }, index) => line(label(index === 0 ? 'dictionary' : ''), `${key}: ${value}`))
  return total > shown.length
    ? [...lines, line(label(''), span(`… ${count(total - shown.length)} more`, 'dim'))]
    : lines
}

function messages({ messages: shown, mailbox }: ProcessView): Line[] {
  if (shown.length === 0) return []
  const lines = shown.map((text, index) => line(label(index === 0 ? 'messages' : ''), text))
  return mailbox > shown.length
    ? [...lines, line(label(''), span(`… ${count(mailbox - shown.length)} more`, 'dim'))]
    : lines
}

function state(view: StateView): Line[] {
  switch (view.kind) {
    case 'state':
      return [
        line(
          span(`state, by version ${view.version} of its code`, 'dim'),
          ...(view.status === 'suspended' ? [span('  suspended by sys', 'warn')] : []),
        ),
        ...view.lines.map((text) => line(text)),
      ]
    case 'none':
      return [line(span('no state to show: it is no behaviour, or a sensitive process', 'dim'))]
    case 'silent':
      return [line(span(`it did not tell its state within ${view.waitedMs} ms: it is busy, or suspended`, 'bad'))]
    case 'failed':
      return [line(span(`its state cannot be shown: ${view.why}`, 'bad'))]
    default:
      // A newer inspector may say it in a way of its own.
      return [line(span('its state is told in a way that this program does not know: use a newer agner', 'bad'))]
  }
}
