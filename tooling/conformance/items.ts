/**
 * The items that the run answers for: processes and signals, and those of "what naive clones get wrong" that are about processes.
 */
export interface Item {
  readonly id: string
  readonly title: string
  /** Its outcome on Erlang 25 was verified when the catalogue was written: it must be accounted for here. */
  readonly verified: boolean
  /** Why no scenario tries it. */
  readonly notCovered?: string
  /** What of it no scenario tries, although some try the rest. */
  readonly left?: string
}

const v = (id: string, title: string, more: { notCovered?: string; left?: string } = {}): Item => ({
  id,
  title,
  verified: true,
  ...more,
})
const n = (id: string, title: string, more: { notCovered?: string; left?: string } = {}): Item => ({
  id,
  title,
  verified: false,
  ...more,
})
const otherNode = { notCovered: 'needs a second node' }

export const items: readonly Item[] = [
  n('P01', 'spawn returns at once, whatever the body does'),
  n('P02', 'spawn with link or monitor is one step'),
  v('P03', 'spawn options: link and monitor'),
  v('P04', 'spawn requests'),
  n('P05', 'spawn requests: reply options, abandon', { left: 'a child made in vain: needs a second node' }),
  n('P06', 'spawn requests: the parent dies first', { left: 'a child on its way: needs a second node' }),
  n('P07', 'pids are not used again'),
  n('P08', 'a dead process runs no code'),
  v('P09', 'resources are free before anyone is told'),
  v('P10', 'exit reasons of return, error, throw, exit'),
  n('P11', 'a crash is reported, an exit is not'),
  v('P12', 'is_process_alive after an exit signal'),
  n('P13', 'the list of processes'),
  n('P20', 'signals of one sender arrive in order'),
  v('P21', 'messages before the exit of their sender'),
  n('P22', 'one order over pid, name and alias', { left: 'names on other nodes: need a second node' }),
  n('P23', 'signals act without a receive'),
  v('P24', 'sending to nobody'),
  n('P25', 'messages are copied'),
  n('P26', 'loss only with a connection', otherNode),
  v('P30', 'links go both ways and are a set'),
  v('P31', 'linking to the dead'),
  v('P32', 'no exit after unlink'),
  v('P33', 'the unlink protocol'),
  v('P34', 'normal over a link'),
  v('P35', 'exit with normal'),
  v('P36', 'kill becomes killed'),
  v('P37', 'a process that exits with kill'),
  v('P38', 'exit/2 to one who traps'),
  v('P39', 'trapping is looked up at handling'),
  v('P40', 'EXIT messages outlive trapping'),
  v('P41', 'a lost connection', otherNode),
  v('P50', 'each monitor counts'),
  v('P51', 'monitors of the dead, of nobody, of itself'),
  v('P52', 'monitors by name'),
  v('P53', 'demonitor, flush, info'),
  v('P54', 'monitor tags'),
  v('P55', 'aliases', {}),
  v('P56', 'alias modes of monitors'),
  v('P57', 'an alias is checked at handling'),
  n('P58', 'no late reply after a timeout'),
  n('P59', 'priority messages (28+)', { notCovered: 'newer than the judge' }),
  n('P60', 'monitors of nodes, ports, time', {
    left: 'monitors of nodes need a second node; time offsets never change here',
  }),
  v('P70', 'a name, a process'),
  n('P71', 'names end with their process'),
  n('P72', 'the process dictionary'),
  n('P73', 'process flags', { left: 'flags of memory and of error handling: have no meaning here' }),
  v('P74', 'a process that grows too much'),
  n('P75', 'process info'),
  n('P76', 'process info is in step with signals'),
  v('P77', 'group leaders', { left: 'the I/O protocol: has no meaning here' }),
  n('P78', 'application master as group leader', { notCovered: 'belongs to applications' }),
  v('P79', 'hibernate'),
  v('P80', 'priorities'),
  n('P81', 'suspend and resume'),
  n('P82', 'labels (27+)', { notCovered: 'newer than the judge' }),
  n('P90', 'selective receive'),
  v('P91', 'after 0'),
  v('P92', 'one deadline per receive'),
  v('P93', 'a call past a long mailbox', { left: 'its speed: see the benches' }),
  v('P94', 'send_after and start_timer'),
  v('P95', 'cancel and read timers'),
  v('P96', 'timers and deaths'),
  n('P97', 'timeouts beyond 2^31 ms'),
  v('P98', 'equal deadlines, absolute times, negative ones'),
  n('P99', 'clocks', {
    left: 'a wall clock that is set: cannot be done to Erlang here; packages/core/test/timer-clock.test.ts',
  }),
  n('P100', 'fairness', { left: 'bump_reductions: has no meaning here' }),
  n('P101', 'a blocked sender’s penalty', { notCovered: 'optional: who is flooded goes first instead' }),
  n('ports', 'ports: demand, owners, signals'),
  n('9.1', 'late replies'),
  n('9.2', 'noconnection', { left: 'lost connections: need a second node' }),
  n('9.3', 'the unlink race'),
  n('9.4', 'kill and killed'),
  n('9.5', 'normal'),
  n('9.6', 'signal order'),
  n('9.7', 'resources before notifications'),
  n('9.8', 'demonitor, and links as a set'),
  n('9.20', 'selective receive and after 0'),
  n('9.22', 'dead code keeps running'),
]
