/**
 * Wrong loggers.
 */
import { Logging } from '../../../packages/behaviours/src/logger/logging.ts'
import { Protected } from '../../../packages/behaviours/src/logger/protected-handler.ts'
import { patch, type Fault } from './patch.ts'

export const loggingFaults = {
  'logger.levels_are_ignored': patch(Logging.prototype, 'allows', () => () => true),
  'logger.handler_levels_are_ignored': patch(
    Logging.prototype,
    'updateHandler',
    (update) =>
      function (this: Logging, id, { level: _level, ...change }) {
        update.call(this, id, change)
      },
  ),
  'logger.filter_default_is_ignored': patch(
    Logging.prototype,
    'updateHandler',
    (update) =>
      function (this: Logging, id, { filterDefault: _filterDefault, ...change }) {
        update.call(this, id, change)
      },
  ),
  'logger.filters_are_not_removed': patch(Logging.prototype, 'removeFilter', () => () => {}),
  'logger.modules_have_no_level': patch(Logging.prototype, 'setModuleLevel', () => () => {}),
  'logger.failing_filters_stay': patch(Logging.prototype, 'removeFilter', () => () => {}),
  'logger.failing_handlers_stay': patch(Logging.prototype, 'removeHandler', () => () => {}),
  'logger.primary_metadata_wins': patch(
    Logging.prototype,
    'write',
    (write) =>
      function (this: Logging, level, message, own, pid) {
        write.call(this, level, message, { ...own, ...this.settings.primary.metadata }, pid)
      },
  ),
  'logger.formatters_are_ignored': patch(
    Logging.prototype,
    'write',
    (write) =>
      function (this: Logging, level, message, { formatReport: _formatReport, ...own }, pid) {
        write.call(this, level, message, own, pid)
      },
  ),
  'logger.nothing_is_too_much': patch(
    Protected.prototype,
    'line',
    () =>
      function (this: Protected, _self, { line }) {
        this.writeNow(line)
        return null
      },
  ),
} satisfies Record<string, Fault>
