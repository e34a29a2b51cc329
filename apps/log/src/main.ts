/**
 * The log node.
 */
import { bootService } from '@agner-chat/cluster/boot'
import { logApplication } from './application.ts'

await bootService('log', (context) => ({ application: logApplication(context) }))
