/**
 * State machines (gen_statem).
 */
import { known, verified, type Item } from './item.ts'

export const statem: readonly Item[] = [
  known('M01', 'callback modes, and states of any term'),
  known('M02', 'event types'),
  known('M03', 'what a callback returns'),
  verified('M04', 'a change is another state by value'),
  verified('M05', 'state enter calls'),
  verified('M06', 'the order of events after a transition'),
  verified('M07', 'postponed events keep their order'),
  verified('M08', 'the state timeout ends with the state'),
  verified('M09', 'the event timeout ends with any event'),
  verified('M10', 'generic timeouts outlive the state'),
  verified('M11', 'cancel and update'),
  verified('M12', 'an old expiry never comes'),
  verified('M13', 'zero timers need no clock'),
  verified('M14', 'the last of two timers counts; absolute times'),
  known('M15', 'answers are actions'),
  verified('M16', 'changes of the callback module'),
  verified('M17', 'limits of calls'),
  known('M18', 'actions of init'),
  known('M19', 'terminate, status, change of code, hibernation'),
  known('M20', 'state and data from outside'),
]
