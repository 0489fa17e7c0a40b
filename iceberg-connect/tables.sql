-- SPDX-License-Identifier: Apache-2.0
-- The tables of the connectors, in Spark SQL. JSON columns are texts.
CREATE TABLE IF NOT EXISTS default.hogflare_events (
  uuid string NOT NULL,
  team_id bigint,
  source string NOT NULL,
  event string NOT NULL,
  distinct_id string NOT NULL,
  timestamp timestamp,
  created_at timestamp NOT NULL,
  properties string,
  context string,
  person_id string,
  person_created_at timestamp,
  person_properties string,
  group0 string,
  group1 string,
  group2 string,
  group3 string,
  group4 string,
  group_properties string,
  api_key string,
  extra string
) USING iceberg PARTITIONED BY (days(created_at))
TBLPROPERTIES ('write.parquet.compression-codec' = 'zstd');

CREATE TABLE IF NOT EXISTS default.hogflare_persons (
  uuid string NOT NULL,
  team_id bigint,
  source string NOT NULL,
  operation string NOT NULL,
  person_id string NOT NULL,
  person_int_id bigint NOT NULL,
  canonical_distinct_id string NOT NULL,
  distinct_ids array<string> NOT NULL,
  created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL,
  version bigint NOT NULL,
  properties string NOT NULL,
  properties_set_once string NOT NULL,
  merged_properties string NOT NULL,
  api_key string,
  source_event_uuid string NOT NULL
) USING iceberg PARTITIONED BY (days(updated_at))
TBLPROPERTIES ('write.parquet.compression-codec' = 'zstd');
