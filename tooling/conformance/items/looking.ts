/**
 * proc_lib and sys.
 */
import { known, verified, type Item } from './item.ts'

export const looking: readonly Item[] = [
  verified('L01', 'a synchronous start of a hand-written process'),
  known('L02', 'init_fail', { notCovered: 'not in Erlang/OTP 25' }),
  known('L03', 'the crash report', { notCovered: 'its form is its own; tests cover it' }),
  known('L04', 'hibernation keeps the crash wrapper', {
    notCovered: 'there is no wrapper that a hibernation could lose',
  }),
  verified('Y01', 'suspend and resume'),
  verified('Y02', 'get_state, replace_state, get_status'),
  verified('Y03', 'change_code only while suspended'),
  verified('Y04', 'log, statistics, debug functions', { left: 'log_to_file: a debug function does it' }),
  known('Y05', 'special processes'),
  known('Y06', 'terminate, with exactly the reason'),
]
