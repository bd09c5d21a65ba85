import { createHash } from 'node:crypto';

/** A script of Redis: it runs as one step, nothing comes between. */
export interface Script {
  readonly source: string;
  /** What the server knows it by once it has run it. */
  readonly sha1: string;
}

/*
 * What all scripts begin with. KEYS[1] is the state. A state that is not there begins at the server's time in
 * microseconds: a Redis that has lost its data, or only this key, never repeats an epoch that was given before, and
 * entries that are left from before are older than the last clear. Epochs are below 2^53, so doubles hold them; but
 * Lua writes large ones with an exponent unless told.
 */
const PROLOGUE = `
local function text(number) return string.format('%.0f', number) end
local time = redis.call('TIME')
local ms = time[1] * 1000 + math.floor(time[2] / 1000)
local state = redis.call('HMGET', KEYS[1], 'n', 'o', 'c', 'r')
if not (state[1] and state[2] and state[3] and state[4]) then
  local start = text(time[1] * 1000000 + time[2])
  redis.call('HSET', KEYS[1], 'n', start, 'o', start, 'c', start, 'r', start)
  state = {start, start, start, start}
end
local n, o, c, r = tonumber(state[1]), tonumber(state[2]), tonumber(state[3]), tonumber(state[4])
local function advance()
  n = n + 1
  redis.call('HSET', KEYS[1], 'n', text(n))
end
local function signal(prefix, message)
  local name = prefix .. text(n) .. ':' .. message
  redis.call('SET', name, '')
  redis.call('DEL', name)
end
`;

/** Tells epoch, origin and the server's time. */
export const HELLO = script('return {n, o, ms}');

/**
 * KEYS: state, entry, lease. ARGV: prefix of tags, lease token ('' for none), lease ms.
 * Returns {1, n, o, ms, payload, fresh ms or 'inf', keep ms, load ms, tags}, {0, n, o, ms} for a miss, or
 * {2, n, o, ms} where another holds the lease. An entry one of whose tags is unknown is dead: what was known of the
 * tag's invalidations is lost.
 */
export const READ = script(`
local entry = redis.call('HMGET', KEYS[2], 'e', 'f', 'l', 'g', 'v')
if entry[1] then
  local e = tonumber(entry[1])
  local alive, soft = e >= c, false
  if alive then
    for _, tag in ipairs(cjson.decode(entry[4])) do
      local h, s = string.match(redis.call('GET', ARGV[1] .. tag) or '', '^(%d+) (%d+)$')
      if not h or tonumber(h) > e then alive = false break end
      if tonumber(s) > e then soft = true end
    end
  end
  if alive then
    local fresh = entry[2] ~= 'inf' and tonumber(entry[2]) - ms
    if soft then fresh = math.min(fresh or -1, -1) end
    return {1, n, o, ms, entry[5], fresh and text(fresh) or 'inf', redis.call('PTTL', KEYS[2]), entry[3], entry[4]}
  end
  redis.call('UNLINK', KEYS[2])
end
if ARGV[2] ~= '' and not redis.call('SET', KEYS[3], ARGV[2], 'NX', 'PX', ARGV[3]) then return {2, n, o, ms} end
return {0, n, o, ms}
`);

/**
 * KEYS: state, entry, key, lease. ARGV: prefix of tags, lease token, '1' for a set by the user, fence (epoch, origin,
 * server's ms), retention of fences, payload, fresh ms or 'inf', keep ms, load ms, tags, retention of tags, prefix of
 * signals, signal. Returns {1, n, o, ms} when stored, {0, n, o, ms} when refused.
 *
 * An entry that was valid since its fence is as good as one loaded now: it gets the present epoch. A tag that is not
 * known does too, so that older entries with it stay dead. A set that is refused for anything else than a later set
 * or invalidation of its key invalidates the key all the same: what is there is older.
 */
export const WRITE = script(`
if ARGV[2] ~= '' and redis.call('GET', KEYS[4]) == ARGV[2] then redis.call('DEL', KEYS[4]) end
local fence = tonumber(ARGV[4])
local function isAfter(epoch) return epoch and tonumber(epoch) > fence end
local overtaken = isAfter(redis.call('GET', KEYS[3]))
local refused = overtaken or o ~= tonumber(ARGV[5]) or fence > n or ms - tonumber(ARGV[6]) > tonumber(ARGV[7])
  or c > fence or r > fence
local tags = cjson.decode(ARGV[12])
for _, tag in ipairs(tags) do
  if refused then break end
  local h, s = string.match(redis.call('GET', ARGV[1] .. tag) or '', '^(%d+) (%d+)$')
  refused = isAfter(h) or isAfter(s)
end
if ARGV[3] == '1' and not overtaken then
  advance()
  redis.call('SET', KEYS[3], text(n), 'PX', ARGV[7])
  redis.call('UNLINK', KEYS[2])
  signal(ARGV[14], ARGV[15])
end
if refused then return {0, n, o, ms} end
local keep = tonumber(ARGV[10])
if keep < 1 then
  redis.call('UNLINK', KEYS[2])
  return {1, n, o, ms}
end
local fresh = ARGV[9] == 'inf' and 'inf' or text(ms + tonumber(ARGV[9]))
redis.call('HSET', KEYS[2], 'e', text(n), 'f', fresh, 'l', ARGV[11], 'g', ARGV[12], 'v', ARGV[8])
redis.call('PEXPIRE', KEYS[2], ARGV[10])
for _, tag in ipairs(tags) do
  local left = redis.call('PTTL', ARGV[1] .. tag)
  if left == -2 then
    redis.call('SET', ARGV[1] .. tag, text(n) .. ' ' .. text(n), 'PX', ARGV[13])
  elseif left < keep then
    redis.call('PEXPIRE', ARGV[1] .. tag, ARGV[13])
  end
end
return {1, n, o, ms}
`);

/**
 * KEYS: state. ARGV: prefixes of entries, keys, tags and leases, retention of fences, prefix of signals, signal ('' for
 * none), then a kind and a name each: k key, t tag, s soft tag, r rule, a all. Returns {n, o, ms}.
 */
export const INVALIDATE = script(`
advance()
local now = text(n)
for i = 8, #ARGV, 2 do
  local kind, name = ARGV[i], ARGV[i + 1]
  if kind == 'k' then
    redis.call('UNLINK', ARGV[1] .. name)
    redis.call('DEL', ARGV[4] .. name)
    redis.call('SET', ARGV[2] .. name, now, 'PX', ARGV[5])
  elseif kind == 't' or kind == 's' then
    local key = ARGV[3] .. name
    local hard = kind == 's' and string.match(redis.call('GET', key) or '', '^%d+') or now
    local left = math.max(redis.call('PTTL', key), tonumber(ARGV[5]))
    redis.call('SET', key, hard .. ' ' .. now, 'PX', text(left))
  elseif kind == 'r' then
    redis.call('HSET', KEYS[1], 'r', now)
  else
    redis.call('HSET', KEYS[1], 'c', now)
  end
end
if ARGV[7] ~= '' then signal(ARGV[6], ARGV[7]) end
return {n, o, ms}
`);

/** KEYS: state, entries. ARGV: 'hard' or 'soft', epoch. Removes, or makes stale, the entries that are older. */
export const SWEEP = script(`
for i = 2, #KEYS do
  local entry = redis.call('HMGET', KEYS[i], 'e', 'f')
  if entry[1] and tonumber(entry[1]) < tonumber(ARGV[2]) then
    if ARGV[1] == 'hard' then
      redis.call('UNLINK', KEYS[i])
    elseif entry[2] == 'inf' or tonumber(entry[2]) >= ms then
      redis.call('HSET', KEYS[i], 'f', text(ms - 1))
    end
  end
end
return {n, o, ms}
`);

/** KEYS: state, lease. ARGV: token. Gives a lease back. */
export const RELEASE = script(`
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return {n, o, ms}
`);

function script(body: string): Script {
  const source = PROLOGUE + body;
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}
