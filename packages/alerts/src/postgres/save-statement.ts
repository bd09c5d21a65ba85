import type { TrackedAlert } from '../alert-state.ts';
import type { Silence } from '../silences/silence.ts';
import type { Delivery } from '../store/alert-store.ts';
import { keyOf, timeOf, toJson } from './storable.ts';

/**
 * One statement, and so all or nothing with any driver. What was written by a later save stays, so that a save that
 * was given up and arrives late does no harm; and nothing is written for a process whose place another has taken.
 *
 * Parameters: instance, epoch, revision, and alerts, deliveries and silences as JSON.
 */
export function saveStatement(prefix: string): string {
  return `
  with owner as (
    update ${prefix}instances set epoch = epoch where instance = $1 and epoch = $2 returning 1
  ), given_alerts as (
    select * from json_to_recordset($4::json)
      as given (id text, since float8, name text, is_active boolean, is_kept boolean, resolved_at float8, data text)
    where exists (select from owner)
  ), gone as (
    delete from ${prefix}alerts stored using given_alerts given
    where stored.instance = $1 and stored.id = given.id and stored.is_active and stored.revision <= $3
      and (stored.since <> given.since or not given.is_kept)
  ), alerts as (
    insert into ${prefix}alerts as stored (instance, id, since, name, is_active, resolved_at, revision, data)
    select $1, id, since, name, is_active, resolved_at, $3, data::json from given_alerts where is_kept
    on conflict (instance, id, since) do update set name = excluded.name, is_active = excluded.is_active,
      resolved_at = excluded.resolved_at, revision = excluded.revision, data = excluded.data
    where stored.revision <= excluded.revision
  ), deliveries as (
    insert into ${prefix}deliveries as stored (instance, id, state, settled_at, revision, data)
    select $1, id, state, settled_at, $3, data::json from json_to_recordset($5::json)
      as given (id text, state text, settled_at float8, data text)
    where exists (select from owner)
    on conflict (instance, id) do update set state = excluded.state, settled_at = excluded.settled_at,
      revision = excluded.revision, data = excluded.data
    where stored.revision <= excluded.revision
  ), silences as (
    insert into ${prefix}silences as stored (instance, id, until_at, revision, data)
    select $1, id, until_at, $3, data::json from json_to_recordset($6::json)
      as given (id text, until_at float8, data text)
    where exists (select from owner)
    on conflict (instance, id) do update set until_at = excluded.until_at, revision = excluded.revision,
      data = excluded.data
    where stored.revision <= excluded.revision
  )
  select count(*)::integer as owned from owner`;
}

export function alertRow(alert: TrackedAlert): object {
  const isActive = alert.state !== 'resolved';
  return {
    id: keyOf(alert.id),
    since: timeOf(alert.since),
    name: keyOf(alert.name),
    is_active: isActive,
    // What has never fired is no history.
    is_kept: isActive || alert.firedAt !== undefined,
    resolved_at: isActive ? null : timeOf(alert.resolvedAt),
    data: toJson(alert),
  };
}

export function deliveryRow(delivery: Delivery): object {
  return {
    id: keyOf(delivery.id),
    state: delivery.state,
    settled_at: delivery.settledAt ?? null,
    data: toJson(delivery),
  };
}

export function silenceRow(silence: Silence): object {
  return { id: keyOf(silence.id), until_at: timeOf(silence.until), data: toJson(silence) };
}
