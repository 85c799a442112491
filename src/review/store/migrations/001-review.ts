// The review store's first tables.
import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** One statement a line of the list: each can be read, and fails, by itself. */
const STATEMENTS = [
  // What hits are grouped by: an uploader, a collection, or a hit alone. Its row is what intake and decisions lock first.
  `create table subjects (
     subject_key bytea primary key,
     last_part integer not null default 0
   )`,
  `create table cases (
     case_id bigint generated always as identity primary key,
     subject_key bytea not null references subjects,
     kind text not null check (kind in ('actor', 'collection', 'hit')),
     platform text not null,
     ref text,
     part integer not null,
     opened_because text not null
       check (opened_because in ('first', 'earlier-full', 'after-decision', 'new-evidence')),
     earlier_case_id bigint references cases,
     state text not null default 'open' check (state in ('open', 'leased', 'decided')),
     stage text not null default 'first' check (stage in ('first', 'second', 'supervisor')),
     queue text not null,
     is_moved boolean not null default false,
     priority integer not null,
     is_raised boolean not null default false,
     oldest_at timestamptz not null,
     hit_count integer not null default 0,
     hit_bytes integer not null default 0,
     undecided_count integer not null default 0,
     grades text[] not null default '{}',
     classifications text[] not null default '{}',
     jurisdictions text[] not null default '{}',
     bases text[] not null default '{}',
     assigned_to text,
     lease_holder text,
     lease_token bigint not null default 0,
     lease_until timestamptz,
     leased_at timestamptz,
     legal_hold boolean not null default false,
     opened_at timestamptz not null default now(),
     decided_at timestamptz,
     unique (subject_key, part),
     check ((state = 'leased') = (lease_until is not null)),
     check ((state = 'decided') = (decided_at is not null))
   )`,
  // Holds open cases alone: with leased ones in it, each lease would walk past all of them (p99 152 instead of 42 ms).
  // A person's next case is the first one of one of these ranges: those of another queue or stage are not walked past.
  `create index cases_open on cases (queue, stage, priority desc, oldest_at, case_id) where state = 'open'`,
  `create index cases_assigned on cases (assigned_to) where state = 'open' and assigned_to is not null`,
  `create index cases_leased on cases (lease_until) where state = 'leased'`,
  `create index cases_holder on cases (lease_holder) where state = 'leased'`,
  `create index cases_decided on cases (queue, decided_at desc, case_id desc) where state = 'decided'`,
  `create index cases_empty on cases (case_id) where state = 'decided' and hit_count = 0`,
  `create index cases_earlier on cases (earlier_case_id) where earlier_case_id is not null`,
  `create table hits (
     hit_id bytea primary key check (length(hit_id) = 32),
     case_id bigint not null references cases,
     platform text not null,
     report_id text not null,
     content_ref text not null,
     actor_ref text,
     collection_ref text,
     cybertip_id text,
     received_at timestamptz not null,
     stored_at timestamptz not null default now(),
     grade text not null,
     priority integer not null,
     classifications text[] not null,
     jurisdictions text[] not null,
     basis text not null,
     evidence text not null,
     match_keys text[] not null,
     known_entries text[] not null,
     hash_values text[] not null,
     body text not null,
     stage text not null default 'first' check (stage in ('first', 'second', 'supervisor')),
     decision_id uuid,
     reopened_decision_id uuid
   )`,
  `create index hits_case on hits (case_id)`,
  `create index hits_report on hits (report_id)`,
  `create index hits_content on hits (content_ref)`,
  `create index hits_actor on hits (actor_ref) where actor_ref is not null`,
  `create index hits_collection on hits (collection_ref) where collection_ref is not null`,
  `create index hits_cybertip on hits (cybertip_id) where cybertip_id is not null`,
  `create index hits_values on hits using gin (hash_values)`,
  // How many hits of a case matched a known entry, by the UTC day of their receipt. Through the hits themselves the page of an
  // entry with 7,000 of them took 230 ms, and the related cases of a case with 1,000 hits 140 ms.
  `create table entry_cases (
     entry text not null,
     case_id bigint not null,
     day date not null,
     hits integer not null check (hits >= 0),
     primary key (entry, case_id, day)
   )`,
  // What one person has said of some hits of a case at once; undone together.
  `create table verdicts (
     verdict_id uuid primary key,
     case_id bigint not null references cases,
     stage text not null check (stage in ('first', 'second', 'supervisor')),
     reviewer text not null,
     verdict text not null,
     lease_token bigint not null,
     is_correction boolean not null default false,
     decided_at timestamptz not null,
     undo_until timestamptz not null,
     undone_at timestamptz
   )`,
  `create index verdicts_case on verdicts (case_id)`,
  `create table decisions (
     decision_id uuid primary key,
     verdict_id uuid not null references verdicts,
     case_id bigint not null references cases,
     hit_id bytea not null,
     stage text not null,
     verdict text not null,
     reviewer text not null,
     reason text not null,
     note text not null,
     evidence text not null,
     match_keys text[] not null,
     decided_at timestamptz not null,
     supersedes uuid references decisions,
     stands boolean not null
   )`,
  `create index decisions_hit on decisions (hit_id)`,
  `create index decisions_case on decisions (case_id)`,
  // Of one hit one decision stands. The decision of a later case, which new evidence has opened, supersedes the earlier one.
  `create unique index decisions_standing on decisions (hit_id) where stands`,
  // Retention has one time for referred hits and one for the others.
  `create index decisions_age on decisions ((verdict = 'refer'), decided_at) where stands`,
  `create index decisions_verdict on decisions (verdict_id)`,
  `create index decisions_superseded on decisions (supersedes) where supersedes is not null`,
  // The newest decisions on a known entry, whatever number of hits it has: through `hits` they would all be read.
  `create table decided_entries (
     entry text not null,
     decided_at timestamptz not null,
     decision_id uuid not null references decisions on delete cascade,
     primary key (entry, decided_at, decision_id)
   )`,
  `create index decided_entries_decision on decided_entries (decision_id)`,
  `create table outcomes (
     outcome_id uuid primary key,
     hit_id bytea not null,
     decision_id uuid not null references decisions,
     finding text not null,
     basis text not null,
     entry text,
     reported_by text not null,
     reason text not null,
     reported_at timestamptz not null
   )`,
  `create index outcomes_hit on outcomes (hit_id)`,
  `create index outcomes_decision on outcomes (decision_id)`,
  // Each one is kept: the audit has only the digest of its reason.
  `create table skips (
     skip_id bigint generated always as identity primary key,
     case_id bigint not null references cases on delete cascade,
     person text not null,
     reason text not null,
     until timestamptz not null
   )`,
  `create index skips_case on skips (case_id, person)`,
  // Legal holds that were set and lifted, each kept for the same cause.
  `create table holds (
     hold_id bigint generated always as identity primary key,
     case_id bigint not null references cases on delete cascade,
     person text not null,
     is_set boolean not null,
     reason text not null,
     at timestamptz not null
   )`,
  `create index holds_case on holds (case_id)`,
  `create table suspected_entries (
     suspicion_id uuid primary key,
     entry text not null,
     decision_id uuid references decisions on delete cascade,
     proposed_by text not null,
     reason text not null,
     proposed_at timestamptz not null
   )`,
  `create index suspected_entries_entry on suspected_entries (entry)`,
  `create index suspected_entries_decision on suspected_entries (decision_id) where decision_id is not null`,
  // Records for Kafka, written in the transaction that they tell of. The publisher deletes them once they have arrived.
  `create table outbox (
     outbox_id bigint generated always as identity primary key,
     topic text not null check (topic in ('decisions', 'outcomes', 'audit-checkpoints')),
     key text not null,
     value text not null,
     verdict_id uuid,
     due_at timestamptz not null
   )`,
  `create index outbox_due on outbox (due_at, outbox_id)`,
  `create index outbox_key on outbox (key, outbox_id)`,
  `create index outbox_verdict on outbox (verdict_id) where verdict_id is not null`,
  // What the publisher is about to send, and where each topic ended before: a start reads on from there what arrived.
  `create table outbox_sending (
     topic text not null,
     partition integer not null,
     from_offset bigint not null,
     primary key (topic, partition)
   )`,
  `create table audit_entries (
     leaf_index bigint primary key,
     entry text not null,
     subtrees bytea not null,
     at timestamptz not null,
     action text not null,
     actor text not null,
     case_id bigint
   )`,
  `create index audit_actor on audit_entries (actor, leaf_index)`,
  `create index audit_case on audit_entries (case_id, leaf_index) where case_id is not null`,
  `create index audit_action on audit_entries (action, leaf_index)`,
  // The right edge of the tree (RFC 6962): one hash for each bit of its size, the largest subtree first.
  `create table audit_head (
     id integer primary key check (id = 1),
     size bigint not null,
     edge bytea[] not null
   )`,
  `insert into audit_head (id, size, edge) values (1, 0, '{}')`,
  `create table audit_checkpoints (
     size bigint primary key,
     note text not null,
     at timestamptz not null default now()
   )`,
  // Who holds the server's role can't take the tree back to a smaller one.
  `create function audit_only_grows() returns trigger language plpgsql as
     $$ begin raise exception 'The head of the audit only grows'; end $$`,
  `create trigger audit_head_only_grows before update on audit_head
     for each row when (new.size <= old.size or new.id <> old.id) execute function audit_only_grows()`,
  `create function audit_is_append_only() returns trigger language plpgsql as
     $$ begin raise exception 'Audit entries are never changed or deleted'; end $$`,
  `create trigger audit_entries_append_only before update or delete or truncate on audit_entries
     for each statement execute function audit_is_append_only()`,
  `create trigger audit_checkpoints_append_only before update or delete or truncate on audit_checkpoints
     for each statement execute function audit_is_append_only()`,
  `create table sessions (
     session_hash bytea primary key,
     subject text not null,
     name text not null,
     roles text[] not null,
     groups text[] not null default '{}',
     is_development boolean not null default false,
     began_at timestamptz not null,
     seen_at timestamptz not null,
     checked_at timestamptz not null,
     ends_at timestamptz not null,
     refresh_token bytea,
     ended_why text check (ended_why in ('refused', 'no-role', 'operator'))
   )`,
  `create index sessions_end on sessions (ends_at)`,
  `create table sign_ins (
     state_hash bytea primary key,
     nonce text not null,
     verifier text not null,
     return_to text not null,
     ends_at timestamptz not null
   )`,
  // Who has signed in: cases are assigned to no one else.
  `create table persons (
     subject text primary key,
     roles text[] not null,
     groups text[] not null,
     signed_in_at timestamptz not null
   )`,
  // PostgreSQL itself looks for tables to analyze once a minute. Until then a store that was filled at once plans as if it
  // were empty: a lease took 500 ms among 100,000 cases. The server's role may not analyze tables that it does not own.
  `create function analyze_grown_tables() returns integer language plpgsql security definer
     set search_path = pg_catalog, pg_temp as
     $$ declare
       grown regclass;
       analyzed integer := 0;
     begin
       if not pg_try_advisory_xact_lock(7239006) then return 0; end if;
       for grown in
         select s.relid::regclass from pg_stat_user_tables s join pg_class c on c.oid = s.relid
         where c.relowner = (select oid from pg_roles where rolname = current_user)
           and c.relnamespace = 'public'::regnamespace and s.n_mod_since_analyze > 2000
           and s.n_mod_since_analyze > c.reltuples
       loop
         execute format('analyze %s', grown);
         analyzed := analyzed + 1;
       end loop;
       return analyzed;
     end $$`,
  `revoke execute on function analyze_grown_tables() from public`,
  `create table preferences (
     subject text primary key,
     keys jsonb not null
   )`,
]

export const review: Migration = {
  up: async (db: Kysely<unknown>) => {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
  },
}
