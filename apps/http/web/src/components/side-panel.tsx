/** The cluster beside the conversation: its nodes, its figures, its reports. One is shown; how many alarms are raised is always seen. */
import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { usePoll } from '../live/use-poll.ts'
import { isCleared, readReports } from '../model/figures.ts'
import { ClusterPanel } from './cluster-panel.tsx'
import { FiguresPanel } from './figures-panel.tsx'
import { ReportsPanel } from './reports-panel.tsx'

const reportsEveryMs = 3_000
const tabs = ['cluster', 'figures', 'reports'] as const
type Tab = (typeof tabs)[number]
const titles: Record<Tab, string> = { cluster: 'Cluster', figures: 'Figures', reports: 'Reports' }

export function SidePanel(): JSX.Element {
  const [shown, setShown] = useState<Tab>('cluster')
  const reports = usePoll('/api/reports', readReports, reportsEveryMs)
  const raised = reports.data?.alarms.filter((alarm) => !isCleared(alarm)).length ?? 0
  const list = useRef<HTMLDivElement>(null)

  const press = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    const next = tabs[(tabs.indexOf(shown) + step + tabs.length) % tabs.length] ?? 'cluster'
    setShown(next)
    list.current?.querySelector<HTMLButtonElement>(`#tab-${next}`)?.focus()
  }

  return (
    <aside class="side" aria-label="The cluster behind the chat">
      <div class="tabs" role="tablist" aria-label="What to look at" ref={list} onKeyDown={press}>
        {tabs.map((tab) => (
          <button
            key={tab}
            type="button"
            role="tab"
            id={`tab-${tab}`}
            class="tab"
            data-testid={`tab-${tab}`}
            aria-selected={shown === tab}
            aria-controls={`panel-${tab}`}
            tabIndex={shown === tab ? 0 : -1}
            onClick={() => setShown(tab)}
          >
            {titles[tab]}
            {tab === 'reports' && raised > 0 && (
              <span class="count count-alarm">
                {raised}
                <span class="hidden"> {raised === 1 ? 'alarm' : 'alarms'}</span>
              </span>
            )}
          </button>
        ))}
      </div>
      <div class="panel" role="tabpanel" id={`panel-${shown}`} aria-labelledby={`tab-${shown}`} tabIndex={0}>
        {shown === 'cluster' && <ClusterPanel />}
        {shown === 'figures' && <FiguresPanel />}
        {shown === 'reports' && <ReportsPanel reports={reports} />}
      </div>
    </aside>
  )
}
