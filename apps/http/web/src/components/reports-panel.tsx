import type { JSX } from 'preact'
import type { Polled } from '../live/use-poll.ts'
import { shortName } from '../model/cluster.ts'
import { isCleared } from '../model/figures.ts'
import type { Alarm, Reports } from '../model/figures.ts'
import { clockSeconds, clockTime, fullTime, span } from './moments.ts'
import { Trouble } from './trouble.tsx'

export function ReportsPanel({ reports: { data: reports, problem } }: { reports: Polled<Reports> }): JSX.Element {
  if (!reports)
    return <p class="muted">{problem ? `The reporting service does not answer. ${problem}` : 'Reading reports…'}</p>
  return (
    <section data-testid="reports" aria-label="Reports" data-stale={problem ? 'true' : undefined}>
      {problem && <Trouble text={problem} />}
      <h2 class="panel-title">Alarms</h2>
      {reports.alarms.length === 0 && <p class="all-well">No alarm is raised.</p>}
      <ul class="plain-list alarms">
        {reports.alarms.map((alarm) => (
          <AlarmItem key={alarm.id} alarm={alarm} />
        ))}
      </ul>
      <h2 class="panel-title">What happened</h2>
      {reports.events.length === 0 && <p class="muted">Nothing worth a report.</p>}
      <ol class="plain-list events">
        {reports.events.map((event, index) => (
          <li key={`${event.atMs} ${event.node} ${event.kind} ${index}`} class="event" data-testid="event">
            <time dateTime={new Date(event.atMs).toISOString()} title={fullTime(event.atMs)}>
              {clockSeconds(event.atMs)}
            </time>
            <div>
              <span class="event-node">{shortName(event.node)}</span> <span class="tag">{event.kind}</span>
              <p>{event.text}</p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  )
}

function AlarmItem({ alarm }: { alarm: Alarm }): JSX.Element {
  const severity = /critical|major|error|high/i.test(alarm.severity)
    ? 'high'
    : /minor|warn|medium/i.test(alarm.severity)
      ? 'middle'
      : 'low'
  return (
    <li class="alarm" data-testid="alarm" data-severity={severity} data-cleared={isCleared(alarm) ? 'true' : undefined}>
      <span class="alarm-severity">{alarm.severity}</span>
      <p>{alarm.text}</p>
      <span class="muted small">
        {alarm.clearedMs === undefined
          ? `raised ${span(Date.now() - alarm.raisedMs)} ago`
          : `${clockTime(alarm.raisedMs)}, over after ${span(alarm.clearedMs - alarm.raisedMs)}`}
      </span>
    </li>
  )
}
