/**
 * supervisor.
 */
import { known, verified, type Item } from './item.ts'

export const supervisors: readonly Item[] = [
  verified('V01', 'children start in order and stop in reverse'),
  verified('V02', 'a failing child fails the start of the supervisor'),
  known('V03', 'what a start may give: a pid, more than that, nothing'),
  verified('V04', 'defaults of specifications and flags'),
  known('V05', 'bad specifications are refused by name'),
  verified('V06', 'permanent, transient, temporary'),
  verified('V07', 'strategies'),
  verified('V08', 'deaths at the same moment are one restart'),
  verified('V09', 'restart intensity: a sliding window'),
  verified('V10', 'a restart that fails is tried again'),
  verified('V11', 'shutdown, then kill'),
  known('V12', 'a child that unlinked itself does not hang the stop'),
  verified('V13', 'children are started, terminated, restarted, deleted'),
  verified('V14', 'count_children, get_childspec'),
  verified('V15', 'simple_one_for_one'),
  verified('V16', 'significant children and auto_shutdown'),
  known('V17', 'the parent, unknown messages and calls'),
  known('V18', 'reports', {
    notCovered: 'other words and another shape: packages/behaviours/test/supervisor.test.ts has them',
  }),
  known('V19', 'code_change replaces specifications'),
  known('V20', 'hibernation', {
    notCovered: 'newer than Erlang 25: packages/behaviours/test/supervisor-code.test.ts has it',
  }),
  known('V21', 'supervisor_bridge'),
]
