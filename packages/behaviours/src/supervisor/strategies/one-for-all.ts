/**
 * one_for_all: all others are stopped, newest first, and all are started again, in order. For children that cannot do
 * without each other.
 */
import { restartGroup, type Strategy } from './plan.ts'

export const oneForAll: Strategy = (children, ended) => restartGroup(children(), ended)
