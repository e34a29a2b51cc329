/**
 * The reporting node.
 */
import { bootService } from '@agner-chat/cluster/boot'
import { reportingApplication } from './application.ts'

await bootService('reporting', (context) => ({ application: reportingApplication(context) }))
