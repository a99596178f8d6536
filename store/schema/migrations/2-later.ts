/** Why an event that waits for a time does so. */
export const later: readonly string[] = [`alter table event add column later_because text`, `update schema_version set version = 2`]
