/** FHIR resources with every version, and the values by which the current one is found; statements that are told whole; values that are used once. */
export const fhir: readonly string[] = [
  `create table resource (type text BYTEWISE not null, id text BYTEWISE not null, version INT not null, updated INT not null, deleted INT not null, seq INT not null,
     primary key (type, id)) COMPACT`,
  `create index resource_updated on resource (type, updated) where deleted = 0`,
  // Appended to: bodies of neighbours in time lie together, whatever their ids.
  `create table resource_version (seq INT primary key, type text BYTEWISE not null, id text BYTEWISE not null, version INT not null, method text not null,
     updated INT not null, message INT not null, body text)`,
  `create unique index resource_version_of on resource_version (type, id, version)`,
  `create index resource_version_updated on resource_version (updated)`,
  `create index resource_version_type on resource_version (type, updated)`,
  `create index resource_version_message on resource_version (message) where message <> 0`,
  // Messages that share their versions with the first of their op.
  `create table resource_message (message INT primary key, first INT not null)`,
  // By resource, so that its keys lie together, the id first: SQLite takes the first column of a key for a selective one; 'head' begins the value and is null for bounds alone, which have no text.
  `create table resource_key (type text BYTEWISE not null, id text BYTEWISE not null, n INT not null, param text BYTEWISE not null, system text BYTEWISE not null,
     value text BYTEWISE not null, head text BYTEWISE, low FLOAT, high FLOAT, primary key (id, type, n)) COMPACT`,
  `create index resource_key_head on resource_key (type, param, head) where head is not null`,
  `create index resource_key_low on resource_key (type, param, low, high) where low is not null`,
  `create table once_value (scope text not null, value text not null, until INT not null, primary key (scope, value)) COMPACT`,
  `create index once_value_until on once_value (until)`,
  `create table statement (subject text not null, line text not null, message INT not null, n INT not null, digest text not null, reversal text not null,
     primary key (subject, line)) COMPACT`,
  `create index statement_event on statement (message, n)`,
  `create table told (subject text primary key, at INT not null, message INT not null) COMPACT`,
  `alter table "usage" add column serial text not null default ''`,
  `alter table "usage" add column channel text not null default ''`,
  `alter table "usage" add column teller text not null default ''`,
  `alter table "usage" add column same_message INT not null default 0`,
  `alter table "usage" add column same_n INT not null default 0`,
  `create index usage_serial on "usage" (item, serial)`,
  `create index usage_same on "usage" (same_message, same_n) where same_message <> 0`,
  `update schema_version set version = 4`,
]
