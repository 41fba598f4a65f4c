/**
 * @typedef {{ address: string, secret: 'setting' | 'page' | null, last_delivery: string | null }} Webhook
 * @typedef {object} Session
 * @property {boolean} authenticated
 * @property {boolean} demo
 * @property {'admin' | 'member' | null} [role]
 * @property {boolean} [self_service] whether people can sign in with a Plane API key of their own
 * @property {{ id: string, name: string, until: string } | null} [member]
 * @property {boolean} one_click
 * @property {string} [version]
 * @property {string} [public_url]
 * @property {boolean} [open]
 * @property {string | null} [reached_from_outside]
 * @property {string[]} [warnings]
 * @property {Webhook} [webhook]
 * @property {Record<string, string>} [defaults]
 *
 * @typedef {{ id: string, identifier: string, name: string, color: string | null, timezone: string | null, archived: boolean, items: number | null }} Project
 * @typedef {{ id: string, display_name: string }} Member
 * @typedef {{ member: { id: string, name: string }, projects: { id: string, identifier: string | null, role: 'member' | 'guest' }[], signed_in: string, until: string, state: 'active' | 'ended' | 'revoked', links: number }} Grant
 *
 * @typedef {{ projects: string[], project_ids?: string[] } | { all: true } | { person: string, person_id?: string } | {}} PlanePart what a calendar has of Plane; nothing where it is empty
 * @typedef {PlanePart & { calendars?: string[], calendar_ids?: string[] }} Scope calendars: names of other calendars
 * @typedef {{ at: string, client: string, refresh: string, refresh_hours: number | null, version: number, versions_behind: number, address: 'current' | 'old' }} Fetch
 * @typedef {object} Link
 * @property {string} id
 * @property {string} name
 * @property {string | null} for the person who has it
 * @property {Scope} scope
 * @property {Record<string, string>} options
 * @property {string | null} expires
 * @property {'active' | 'expired' | 'paused' | 'revoked'} state
 * @property {{ id: string, name: string | null } | null} owner the member who created it; null for the admin
 * @property {string | null} grace_until until when an old address still works
 * @property {string | null} path
 * @property {string | null} path_url
 * @property {string} created
 * @property {string} changed
 * @property {string | null} revoked
 * @property {number | null} version
 * @property {Fetch | null} last_fetch
 * @property {Fetch[]} fetches
 * @property {{ bytes: number, events: number, warning: string | null } | null} size
 * @typedef {Link & { url: string, subscribe_url: string }} NewLink
 * @typedef {{ item: { key: string, name: string } | null, shown: boolean, reasons: { rule: string, text: string }[] }} Explanation
 *
 * @typedef {object} CalendarEvent
 * @property {string} uid
 * @property {'event' | 'todo'} kind
 * @property {string | null} start
 * @property {string | null} last
 * @property {string} title
 * @property {string | null} description
 * @property {string | null} url
 * @property {string | null} color
 * @property {string[]} categories
 * @property {string | null} status
 * @property {string | null} [project] or the name of another calendar
 * @property {string} [starts_at] the instant, of an event with a time; the days are then those of UTC
 * @property {string} [ends_at]
 * @property {string} [from] the name of the other calendar that it is from; set by the page
 * @typedef {{ name: string, description: string, color: string | null, bytes: number, warn_bytes: number, more: boolean, count: number, events: CalendarEvent[] }} Preview
 *
 * @typedef {Omit<Preview, 'name' | 'description'> & { partial: boolean }} SubscriptionPreview
 * @typedef {object} Subscription what the recipient of a link sees
 * @property {'active' | 'replaced' | 'expired' | 'paused' | 'revoked'} state
 * @property {string} name
 * @property {string | null} description
 * @property {string | null} url
 * @property {string | null} grace_until
 * @property {string | null} expires
 * @property {boolean} built
 * @property {{ read: number, total: number, seconds_left: number | null } | null} progress
 * @property {{ ok: boolean, last_good: string | null }} plane
 * @property {boolean} webhook
 * @property {boolean} private_address
 * @property {SubscriptionPreview | null} preview
 *
 * @typedef {{ id?: string, identifier: string, items: number, events: number, age_seconds: number | null, last_change: string | null, last_webhook: string | null, last_error: string | null }} ProjectHealth
 * @typedef {{ p50_seconds: number, p99_seconds: number, changes: number }} Lag how soon changes of the last 7 days were in a calendar
 * @typedef {object} Health
 * @property {'ok' | 'degraded' | 'error'} status
 * @property {string} timestamp
 * @property {string} version
 * @property {number} uptime
 * @property {{ projects_synced: number, last_sync: string | null, sync_status: 'idle' | 'running' | 'error', caldav_connection: string, plane_api_connection: 'ok' | 'error' | 'unknown' | 'off' }} metrics
 * @property {string | null} last_error
 * @property {{ part: string, message: string, since: string, until: string | null, removal?: { project: string } | { source: string } }[]} [problems]
 * @property {ProjectHealth[]} projects
 * @property {{ requests_per_minute: number, waiting: number, silent_change_minutes?: number | null }} budget
 * @property {{ documents: number, bytes: number, max_bytes: number }} cache
 * @property {{ feed: string, bytes: number, events: number, warning: string | null, lag?: Lag | null }[]} feeds
 * @property {Lag | null} [lag] of all calendars
 * @property {Webhook} [webhook]
 * @property {string[]} [warnings]
 * @property {{ id: string, version: string, leader: boolean, last_seen: string, differing_settings: string[] }[]} [replicas] all servers over the same database
 * @typedef {{ status: string, last_sync: { timestamp: string, duration_seconds: number, status: string, events_processed: number, errors: number } | null, next_sync: string | null, queue_length: number, paused_until?: string }} SyncStatus
 *
 * @typedef {{ names: string[], none: boolean }} NameList
 * @typedef {string | { name: string, group?: string | null, color?: string | null }} Nameable
 *
 * @typedef {{ url: string, username?: string, password?: string, token?: string, auth?: string, oauth?: { client_id: string, client_secret: string, refresh_token: string }, tls_verify?: boolean }} ServerRequest
 * @typedef {{ url: string, name: string, components: string[], writable: boolean | null, color: string | null }} FoundCalendar
 * @typedef {{ step: string, request: string | null, status: number | null, found: string, fix: string | null }} TestStep
 * @typedef {{ steps: TestStep[], calendars: FoundCalendar[], error: string | null }} ServerTest
 * @typedef {{ action: 'create' | 'update' | 'delete' | 'leave', name: string, title: string, reason: string }} PlanStep
 * @typedef {{ count: number, deletions: PlanStep[], reason: string, digest: string | null }} HeldBack
 * @typedef {{ creates_calendar: boolean, steps: PlanStep[], unchanged: number, held_back: HeldBack | null, error: string | null }} Plan
 * @typedef {{ mirror: string, at: string, duration_seconds: number, ok: boolean, created: number, changed: number, deleted: number, unchanged: number, held_back: number, errors: string[] }} Run
 * @typedef {object} Mirror
 * @property {string} id
 * @property {string} name
 * @property {Scope} scope
 * @property {Record<string, string>} options
 * @property {{ url: string, username: string | null, auth: string, tls_verify: boolean }} server
 * @property {{ url: string, name: string } | null} calendar
 * @property {'plane' | 'keep'} conflict
 * @property {string} max_delete
 * @property {number} check_seconds
 * @property {boolean} [past_events]
 * @property {boolean} [keep_others]
 * @property {'settings' | 'api'} from
 * @property {boolean} paused
 * @property {'ok' | 'running' | 'waiting' | 'error' | 'paused'} state
 * @property {{ done: number, total: number } | null} progress
 * @property {Run | null} last_run
 * @property {string | null} next_run
 * @property {HeldBack | null} held_back
 * @typedef {{ id: string, name: string, color: string | null }} OtherCalendar a calendar that is not Plane's, as forms offer it
 * @typedef {{ line: number, reason: string }} Dropped
 * @typedef {object} CalendarSource a calendar that is not Plane's
 * @property {string} id
 * @property {string} name
 * @property {'ics' | 'caldav'} kind
 * @property {string} url what may be shown of its address
 * @property {string | null} username
 * @property {string} auth
 * @property {boolean} tls_verify
 * @property {string | null} timezone
 * @property {number | null} refresh_seconds null for what the calendar asks for, 0 for only on request
 * @property {string | null} user_agent
 * @property {string | null} color
 * @property {'keep' | 'remove'} attendees
 * @property {string | null} calendar_name as it calls itself
 * @property {string} created
 * @property {'ok' | 'reading' | 'waiting' | 'error'} state waiting: for the second read that confirms a large removal
 * @property {number} components
 * @property {string | null} last_check
 * @property {string | null} last_change
 * @property {string | null} next_check
 * @property {string | null} error
 * @property {string | null} error_since
 * @property {string | null} paused_until
 * @property {number} stale components that stay as they last were
 * @property {Dropped[]} dropped
 * @property {SourceHours | null} [timesheet] whose hours it contains; null when it isn't part of the timesheet
 * @typedef {{ member: { id: string, name: string }, address: string | null, project: ProjectName | null, private: 'ignore' | 'show' }} SourceHours
 * @typedef {object} SourceTest
 * @property {number} components
 * @property {number} instances
 * @property {number} recurring
 * @property {string | null} first
 * @property {string | null} last
 * @property {{ known: string[], guessed: string[], unknown: string[] }} zones
 * @property {string | null} name
 * @property {Dropped[]} dropped
 *
 * @typedef {{ id: string, identifier: string, name: string }} ProjectName
 * @typedef {{ source: string, uid: string, instance: string | null }} EntryId an event of a calendar; instance: which one of a series
 * @typedef {{ start: string, end: string, minutes: number, title: string, project: string | null, item: string | null, export: string }} ExportedEntry
 * @typedef {object} TimesheetEntryDetails
 * @property {string} start an instant
 * @property {string} end
 * @property {number} minutes
 * @property {number} rounded_minutes
 * @property {string} day in the time zone of its calendar
 * @property {string} title
 * @property {string | null} project its identifier
 * @property {string | null} project_id
 * @property {string | null} project_name
 * @property {string | null} item a key
 * @property {string | null} item_name
 * @property {string} member
 * @property {string} member_id
 * @property {string} reason
 * @property {'correction' | 'key' | 'rule' | 'name' | 'default' | null} matched_by null when it matches no project
 * @property {boolean} overlaps
 * @property {'new' | 'exported' | 'changed'} state
 * @property {ExportedEntry | null} exported as it was exported, of one that changed since
 * @property {boolean} private its times are not shown
 * @property {string[]} categories
 * @property {string | null} organizer an e-mail address
 * @typedef {EntryId & TimesheetEntryDetails} TimesheetEntry
 * @typedef {EntryId & { start: string, end: string, day: string, title: string, kind: string, reason: string, member: string, member_id: string }} IgnoredEntry
 * @typedef {EntryId & ExportedEntry & { member: string, member_id: string, reason: string }} GoneEntry
 * @typedef {{ day: string, member: string, member_id: string, project: string | null, project_id: string | null, minutes: number, rounded_minutes: number }} DayTotal
 * @typedef {{ id: string, name: string, member: string, member_id: string, timezone?: string, last_check: string | null, error: string | null }} HoursSource
 * @typedef {{ from: string, to: string, entries: TimesheetEntry[], ignored: IgnoredEntry[], totals: DayTotal[], gone: GoneEntry[], warnings: string[], sources: HoursSource[], projects: ProjectName[] }} Sheet
 * @typedef {{ project: string } | { item: string } | { ignore: true } | null} EntryMatch null restores the automatic match
 * @typedef {{ word: string } | { category: string } | { organizer: string }} RuleCondition
 * @typedef {EntryId & { match: EntryMatch, rule?: RuleCondition }} Correction
 * @typedef {{ id: string, when: RuleCondition, project: string | null, project_id: string | null, item: string | null, member: string | null, member_id: string | null, created: string }} TimesheetRule
 * @typedef {{ when: RuleCondition, member?: string } & ({ project: string } | { item: string })} RuleRequest
 * @typedef {{ id: string, created: string, from: string, to: string, source: { id: string, name: string } | null, member: { id: string, name: string } | null, round: 'off' | 'up' | 'nearest', round_minutes: number | null, entries: number, minutes: number, unmatched: number, changed: number, gone: number }} TimesheetExport
 *
 * @typedef {{ key: string, title: string, project: string }} DemoChange
 *
 * @typedef {{ session: Session, query: URLSearchParams, id: string, signal: AbortSignal }} ViewContext
 * @typedef {{ title: string, element: HTMLElement, focus?: HTMLElement | undefined }} View focus: the field to start with, instead of the heading
 */
export {};
