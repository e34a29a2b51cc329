/**
 * gen, and gen_server.
 */
import { known, verified, type Item } from './item.ts'

export const servers: readonly Item[] = [
  known('G01', 'what a call and a cast are on the wire', { notCovered: "Agner's own wire protocol" }),
  verified('G02', 'an answer goes to the alias of its call'),
  known('G07', 'all that a server may be known by', { left: 'names in a cluster: need a second node' }),
  known('G10', 'stop'),
  known('G11', 'start options'),
  verified('G12', 'a name that is taken'),
  verified('S00', 'the name is registered before init'),
  verified('S01', 'what init may return'),
  verified('S02', 'a start that is ignored, stopped or crashes'),
  verified('S03', 'a callback may throw what it would return'),
  verified('S04', 'handle_continue goes first'),
  verified('S05', 'timeouts in a return'),
  verified('S06', 'hibernate'),
  verified('S07', 'answers given later'),
  known('S08', 'when terminate is called'),
  verified('S09', 'the exit of the parent'),
  verified('S10', 'stop with an answer: terminate first'),
  known('S11', 'which ends are reported'),
  known('S12', 'format_status'),
  known('S15', 'start_monitor, enter_loop'),
  known('S16', 'code_change'),
  known('S17', 'a message that nobody handles'),
  known('S18', 'a call or cast that nobody handles'),
]
