/**
 * The cluster as it was last seen, for every part of the page that wants it: one request serves them all. It is asked for twice a second
 * while somebody looks closely, else every two seconds.
 */
import { createContext } from 'preact'
import type { ComponentChildren, JSX } from 'preact'
import { useContext, useEffect, useMemo, useState } from 'preact/hooks'
import { readCluster, type Cluster } from '../model/cluster.ts'
import { usePoll, type Polled } from './use-poll.ts'

const closelyEveryMs = 500
const everyMs = 2_000

const Seen = createContext<Polled<Cluster>>({ data: undefined, problem: undefined })
const Lookers = createContext<(change: 1 | -1) => void>(() => {})

/** Its children are drawn anew only where they use the cluster. */
export function ClusterSource({ children }: { children: ComponentChildren }): JSX.Element {
  const [lookers, setLookers] = useState(0)
  const look = useMemo(() => (change: 1 | -1) => setLookers((count) => count + change), [])
  const cluster = usePoll('/api/cluster', readCluster, lookers > 0 ? closelyEveryMs : everyMs)
  return (
    <Lookers.Provider value={look}>
      <Seen.Provider value={cluster}>{children}</Seen.Provider>
    </Lookers.Provider>
  )
}

export function useCluster(): Polled<Cluster> {
  return useContext(Seen)
}

/** The same, looked at closely for as long as the component is there. */
export function useClusterClosely(): Polled<Cluster> {
  const look = useContext(Lookers)
  useEffect(() => {
    look(1)
    return () => look(-1)
  }, [look])
  return useContext(Seen)
}
