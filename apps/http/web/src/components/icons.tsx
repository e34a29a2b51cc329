/** The page's few pictures, drawn with strokes in the colour of the text around them. */
import type { ComponentChildren, JSX } from 'preact'

const Icon = ({ children }: { children: ComponentChildren }): JSX.Element => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    {children}
  </svg>
)

export const Mark = (): JSX.Element => (
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" class="mark-ground" />
    <path d="M9.5 21.5 16 9.5 22.5 21.5Z" class="mark-lines" />
    <g class="mark-nodes">
      <circle cx="16" cy="9.5" r="3.5" />
      <circle cx="9.5" cy="21.5" r="3.5" />
      <circle cx="22.5" cy="21.5" r="3.5" />
    </g>
  </svg>
)

export const ChatIcon = (): JSX.Element => (
  <Icon>
    <path d="M4 5h16v11H10l-5 4v-4H4z" />
  </Icon>
)

export const PeopleIcon = (): JSX.Element => (
  <Icon>
    <circle cx="9" cy="8" r="3.5" />
    <path d="M2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 4.8a3.5 3.5 0 0 1 0 6.4M18 14.5c2 .8 3.2 2.6 3.5 5.5" />
  </Icon>
)

export const ClusterIcon = (): JSX.Element => (
  <Icon>
    <circle cx="12" cy="5.5" r="2.5" />
    <circle cx="5.5" cy="18" r="2.5" />
    <circle cx="18.5" cy="18" r="2.5" />
    <path d="m10.8 7.8-4.2 8M13.2 7.8l4.2 8M8 18h8" />
  </Icon>
)

export const SendIcon = (): JSX.Element => (
  <Icon>
    <path d="M4 12 20 4.5 15.5 20l-4-6.5z" />
    <path d="m11.5 13.5 4-4.5" />
  </Icon>
)

/** What a service does, in 14 by 14 units around the origin. */
export function serviceGlyph(service: string): string {
  switch (service) {
    case 'http':
      return 'M-7 0A7 7 0 1 1 7 0 7 7 0 1 1-7 0M-7 0H7M0-7C4-3 4 3 0 7M0-7C-4-3-4 3 0 7'
    case 'database':
      return 'M-6-4.5A6 2.5 0 1 1 6-4.5 6 2.5 0 1 1-6-4.5M-6-4.5V4.5C-6 8 6 8 6 4.5V-4.5M-6 0C-6 3.5 6 3.5 6 0'
    case 'log':
      return 'M-6-5.5H6M-6-1.8H6M-6 1.8H3M-6 5.5H1'
    case 'reporting':
      return 'M-5 7V-6.5M-5-6.5C-1-8.5 1-4.5 6-6.5V1C1 3-1-1-5 1'
    case 'analytics':
      return 'M-6 6.5V1M-2 6.5V-6M2 6.5V-2M6 6.5V-4.5'
    default:
      return 'M-5-5H5V5H-5Z'
  }
}
