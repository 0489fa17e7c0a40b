// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

/**
 * Every environment variable of the product with its default and meaning; the manual's table is
 * checked against it.
 */
public enum Variable {
  /** Address of the public endpoint. */
  APP_ADDR("0.0.0.0:8080", "Address and port on which the gateway listens."),
  /** Key of requests without one. */
  POSTHOG_API_KEY(
      null, "Project key of requests that carry none; without it they are answered 401."),
  /** Turns request signing on. */
  POSTHOG_SIGNING_SECRET(
      null, "Secret of the HMAC signature that every POST must carry; unset turns the check off."),
  /** Names visitors without cookies. */
  HOGFLARE_COOKIELESS_SECRET(
      null,
      "Secret of at least 16 characters from which the ids of visitors without cookies follow, the same in all gateways; unset draws one at each start."),
  /** Stamped on every row. */
  POSTHOG_TEAM_ID(null, "Whole number that every row carries as team_id."),
  /** Slot 0. */
  POSTHOG_GROUP_TYPE_0(null, "Group type whose key fills the column group0."),
  /** Slot 1. */
  POSTHOG_GROUP_TYPE_1(null, "Group type whose key fills the column group1."),
  /** Slot 2. */
  POSTHOG_GROUP_TYPE_2(null, "Group type whose key fills the column group2."),
  /** Slot 3. */
  POSTHOG_GROUP_TYPE_3(null, "Group type whose key fills the column group3."),
  /** Slot 4. */
  POSTHOG_GROUP_TYPE_4(null, "Group type whose key fills the column group4."),
  /** Where addresses are. */
  HOGFLARE_GEOIP_DB(
      null,
      "File of a database of cities or countries in MaxMind's format, read again whenever it changes; unset looks no address up."),
  /** Whose addresses are. */
  HOGFLARE_GEOIP_ASN_DB(
      null, "File of a database of autonomous systems in the same format; only with the former."),
  /** What is changed on the way. */
  HOGFLARE_TRANSFORMATIONS(
      null,
      "YAML file of steps that events go through before their person is found; unset changes nothing."),
  /** Who may say whom it speaks for. */
  HOGFLARE_TRUSTED_PROXIES(
      null,
      "Addresses and ranges of proxies, with commas in between, whose X-Forwarded-For is believed; unset believes none."),
  /** Turns the debug endpoint on. */
  PERSON_DEBUG_TOKEN(
      null,
      "Token of GET /__debug/person/{id} in the header x-hogflare-debug-token; unset turns it off."),
  /** Which snapshots are written. */
  PERSON_SNAPSHOTS(
      "all",
      "all: a person snapshot for every event that has a person; on_change: only when the person changed; off: none."),
  /** Events stream. */
  CLOUDFLARE_PIPELINE_ENDPOINT(
      null,
      "URL of the events stream that the forwarder posts to; several of one table, with commas in between, share its rows by key."),
  /** Token of the events stream. */
  CLOUDFLARE_PIPELINE_AUTH_TOKEN(null, "Bearer token of the events stream."),
  /** Recordings stream. */
  CLOUDFLARE_RECORDINGS_PIPELINE_ENDPOINT(
      null, "URL of a stream for session recordings alone; unset sends them to the events stream."),
  /** Token of the recordings stream. */
  CLOUDFLARE_RECORDINGS_PIPELINE_AUTH_TOKEN(
      null, "Bearer token of the recordings stream; unset uses that of the events stream."),
  /** Persons stream. */
  CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT(
      null, "URL of the persons stream; unset leaves the snapshots on their topic."),
  /** Token of the persons stream. */
  CLOUDFLARE_PERSONS_PIPELINE_AUTH_TOKEN(
      null, "Bearer token of the persons stream; unset uses that of the events stream."),
  /** Overrides stream. */
  CLOUDFLARE_OVERRIDES_PIPELINE_ENDPOINT(
      null, "URL of the stream of person overrides; unset leaves them on their topic."),
  /** Token of the overrides stream. */
  CLOUDFLARE_OVERRIDES_PIPELINE_AUTH_TOKEN(
      null, "Bearer token of the overrides stream; unset uses that of the events stream."),
  /** Time limit of one delivery. */
  CLOUDFLARE_PIPELINE_TIMEOUT_SECS(
      "10", "Seconds after which a request to a stream is given up and repeated."),
  /** Cloudflare account. */
  CLOUDFLARE_ACCOUNT_ID(
      null, "Id of the Cloudflare account in which streams, sinks and pipelines are."),
  /** Management token. */
  CLOUDFLARE_API_TOKEN(
      null,
      "API token that may read and write pipelines; with the account's id the forwarder compares each stream's columns with its rows at its start."),
  /** Bucket of the tables. */
  CLOUDFLARE_R2_BUCKET(null, "R2 bucket whose catalog has the tables."),
  /** Token of the sinks. */
  CLOUDFLARE_CATALOG_TOKEN(
      null,
      "API token with R2 Admin Read and Write that sinks are created with; unset uses CLOUDFLARE_API_TOKEN."),
  /** Token of queries. */
  CLOUDFLARE_SQL_TOKEN(
      null,
      "API token that may query R2 SQL and read catalog and bucket; unset uses CLOUDFLARE_API_TOKEN."),
  /** Names of the product. */
  HOGFLARE_CLOUDFLARE_PRODUCT(
      "r2",
      "r2: the names of R2 Data Catalog and R2 SQL in paths and types; basin: those of Basin Catalog and Basin SQL."),
  /** Namespace of the tables. */
  HOGFLARE_CLOUDFLARE_NAMESPACE("default", "Namespace of the tables in Cloudflare's catalog."),
  /** Host of the management API. */
  HOGFLARE_CLOUDFLARE_API_URL(
      "https://api.cloudflare.com/client/v4", "Base URL of Cloudflare's management API."),
  /** Host of the query API. */
  HOGFLARE_CLOUDFLARE_SQL_URL(
      "https://api.sql.cloudflarestorage.com/api/v1", "Base URL of Cloudflare's query API."),
  /** Host of the metrics. */
  HOGFLARE_CLOUDFLARE_GRAPHQL_URL(
      "https://api.cloudflare.com/client/v4/graphql",
      "URL at which Cloudflare's metrics are asked for."),
  /** Prefix of topics. */
  HOGFLARE_TOPIC_PREFIX(
      "hogflare.", "Beginning of every topic name, consumer group and application id."),
  /** Partition count. */
  HOGFLARE_PARTITIONS("4", "Partitions of each topic when it is created; 1 to 4096."),
  /** Replicas. */
  HOGFLARE_REPLICATION_FACTOR(
      "1", "Replicas of each topic when it is created; 3 for a cluster that survives a broker."),
  /** Name of this instance. */
  HOGFLARE_INSTANCE_ID(
      "1",
      "Stable name of this instance within its service, so that a restart keeps its partitions."),
  /** Address under which other instances reach this one. */
  HOGFLARE_ADVERTISED_ADDRESS(
      null,
      "host:port under which other instances reach this one's admin port for lookups; unset answers from this instance alone."),
  /** Copies of state. */
  HOGFLARE_STANDBY_REPLICAS(
      "0",
      "Other instances of a processor that keep a copy of each partition's state, so that one of them goes on within seconds; 0 restores from Kafka."),
  /** Place of this instance. */
  HOGFLARE_RACK(
      null,
      "Rack or zone of this instance: it reads from brokers there, and copies of its state are kept elsewhere."),
  /** Rolling restarts. */
  HOGFLARE_ON_STOP(
      "leave",
      "leave: other instances take the partitions of one that stops over at once; stay: they wait for its restart up to the session timeout, so that no state moves."),
  /** Folder of local state. */
  HOGFLARE_STATE_DIR("state", "Folder of the processors' local state, which Kafka can restore."),
  /** Generation. */
  HOGFLARE_GENERATION(
      null,
      "Number of the generation of state that a processor works for; unset takes the one that is live at its start."),
  /** Threads. */
  HOGFLARE_STREAM_THREADS("1", "Threads of a processor; 1 to 64."),
  /** Admin address. */
  HOGFLARE_ADMIN_HOST("127.0.0.1", "Address of the admin port: health, metrics and lookups."),
  /** Admin port. */
  HOGFLARE_ADMIN_PORT("8081", "Port of the admin endpoint; 0 takes a free one."),
  /** Memory of the stores. */
  HOGFLARE_STORE_MEMORY_MB(
      "256", "Megabytes outside the heap that all state stores of a process share."),
  /** Deduplication window. */
  HOGFLARE_DEDUP_HOURS(
      "24", "Hours for which an event's uuid is remembered to drop repeats; 0 turns it off."),
  /** Commit interval. */
  HOGFLARE_COMMIT_INTERVAL_MS("100", "Milliseconds between the processors' commits."),
  /** How often grown counts are written. */
  HOGFLARE_DEFINITIONS_SECONDS(
      "60",
      "Seconds between two records of a definition of which only the counts grew; 10 in the all-in-one process."),
  /** Wire limit. */
  HOGFLARE_MAX_BODY_BYTES(
      "20971520", "Largest request body on the wire; larger ones are answered 413."),
  /** Inflated limit. */
  HOGFLARE_MAX_INFLATED_BYTES(
      "67108864", "Largest request body after decompression; larger ones are answered 413."),
  /** Bound on memory. */
  HOGFLARE_MAX_IN_FLIGHT_BYTES(
      null,
      "Bytes of request bodies that the gateway holds at once before it answers 503; default a quarter of the heap."),
  /** Bound on waiting. */
  HOGFLARE_ACK_TIMEOUT_MS(
      "8000",
      "Milliseconds that a request waits for Kafka's acknowledgement before it is answered 503."),
  /** Where events wait. */
  HOGFLARE_SPOOL_DIR(
      null,
      "Folder of this gateway alone in which events wait while Kafka is away; unset answers them 503."),
  /** Bound on what waits. */
  HOGFLARE_SPOOL_MAX_MB(
      "1024",
      "Megabytes of disk that waiting events may take before the gateway answers 503; 16 or more."),
  /** Known projects of the gateway. */
  HOGFLARE_PROJECT_TOKENS(
      null,
      "Project keys that are taken, with commas in between, or the path of a file with one in each line, read again whenever it changes; unset takes every key."),
  /** Unwanted senders. */
  HOGFLARE_DROP_EVENTS(
      null,
      "Senders whose events are left out, each as token:distinct_id or token:*, with commas in between, or the path of a file like the former's."),
  /** Bound on strangers. */
  HOGFLARE_UNKNOWN_TOKEN_RATE(
      "10",
      "Requests a second with unknown project keys that one address may send before it is answered 429."),
  /** Bound on hot keys. */
  HOGFLARE_OVERFLOW_KEY_RATE(
      null,
      "Events a second of one distinct id beyond which they are stored without touching its person; unset knows no bound."),
  /** Bound on hot projects. */
  HOGFLARE_OVERFLOW_TOKEN_RATE(
      null,
      "Events a second of one project beyond which they are stored without touching persons; unset knows no bound."),
  /** Pace of imports. */
  HOGFLARE_HISTORICAL_EVENTS_PER_SECOND(
      "2000",
      "Events a second that one gateway moves at most from historical batches to the live ones; fewer while live events queue."),
  /** Where lookups go. */
  HOGFLARE_PERSON_PROCESSOR_URL(
      null, "Base URL of the person-processor's admin port, for the gateway's debug endpoint."),
  /** Batch size. */
  HOGFLARE_FORWARDER_BATCH_BYTES(
      "1000000", "Bytes of rows that one request to a stream aims at; at most 4500000."),
  /** Batch rows. */
  HOGFLARE_FORWARDER_BATCH_ROWS("5000", "Most rows in one request to a stream."),
  /** Batch age. */
  HOGFLARE_FORWARDER_LINGER_MS("200", "Milliseconds that a row waits for its batch to fill."),
  /** Requests in flight. */
  HOGFLARE_FORWARDER_IN_FLIGHT("4", "Requests in flight to one stream."),
  /** Pace. */
  HOGFLARE_FORWARDER_BYTES_PER_SECOND(
      null,
      "Most bytes of rows that one endpoint gets within a second, 10000 or more; unset sends as fast as it takes them."),
  /** Generation with rows of its own. */
  HOGFLARE_SHADOW_GENERATION(
      null,
      "Number of the shadow generation whose rows the forwarder sends; unset sends the live ones."),
  /** Lake folder. */
  HOGFLARE_LAKE_DIR("lake", "Folder of the local lake: catalog, tables and journal."),
  /** Lake address. */
  HOGFLARE_LAKE_HOST("127.0.0.1", "Address on which the local lake listens."),
  /** Lake port. */
  HOGFLARE_LAKE_PORT("8088", "Port on which the local lake listens; 0 takes a free one."),
  /** Lake token. */
  HOGFLARE_LAKE_TOKEN(null, "Bearer token that the local lake demands; unset demands none."),
  /** Lake commits. */
  HOGFLARE_LAKE_COMMIT_SECONDS(
      "60",
      "Seconds between the commits of the local lake or the direct sink; 5 in the all-in-one process."),
  /** Whether recordings have a table of their own. */
  HOGFLARE_LAKE_RECORDINGS(
      "in_events",
      "in_events: up and the direct sink write session recordings to hogflare_events; apart: to the table hogflare_recordings."),
  /** Lake strictness. */
  HOGFLARE_LAKE_INVALID_ROWS(
      "reject",
      "reject: a row that breaks the schema fails its request; drop: it is dropped silently, as Cloudflare does."),
  /** Columns of one's own. */
  HOGFLARE_LAKE_COLUMNS(
      null,
      "Further columns of the events of the local lake or the direct sink, filled from properties: column=property or column:number=property, with commas in between."),
  /** Catalog of the direct sink. */
  HOGFLARE_ICEBERG_CATALOG(
      null, "URL of the Iceberg REST catalog that the direct sink writes to, or a lake's folder."),
  /** Warehouse of the direct sink. */
  HOGFLARE_ICEBERG_WAREHOUSE(null, "Name of the warehouse in the REST catalog."),
  /** Token of the direct sink. */
  HOGFLARE_ICEBERG_TOKEN(null, "Bearer token of the REST catalog."),
  /** Further settings of the direct sink's catalog. */
  HOGFLARE_ICEBERG_PROPERTIES(
      null,
      "File with further properties of Iceberg's REST catalog and file access, one key=value in each line; they win."),
  /** Namespace of the direct sink. */
  HOGFLARE_ICEBERG_NAMESPACE(
      "default", "Namespace of the tables in the REST catalog; created if it is missing."),
  /** Name of the direct sink. */
  HOGFLARE_ICEBERG_GROUP(
      "hogflare",
      "Name of the direct sink in its tables; one of a name writes to a table at a time."),
  /** Flags in the environment. */
  HOGFLARE_FEATURE_FLAGS(null, "Feature flags as JSON text."),
  /** Flags in a file. */
  HOGFLARE_FEATURE_FLAGS_FILE(
      null, "File of feature flags as JSON, read again whenever it changes; not with the former."),
  /** What a request for flags must hold. */
  HOGFLARE_FLAGS_MODE(
      "hogflare",
      "hogflare: a request for flags without project key or distinct id is answered without flags; posthog: it is refused."),
  /** Known projects. */
  HOGFLARE_FLAGS_PROJECT_KEYS(
      null, "Project keys that may ask for flags, with commas in between; unset takes every key."),
  /** Keys of servers. */
  HOGFLARE_FLAGS_SECRET_KEYS(
      null,
      "Secret keys for local evaluation, with commas in between, each as key or as project_key:key; unset refuses it."),
  /** Bound on bodies. */
  HOGFLARE_FLAGS_MAX_BODY_BYTES(
      "2097152",
      "Largest body of a request for flags, before and after decompression; larger ones are answered 413."),
  /** Bound on lookups. */
  HOGFLARE_FLAGS_STATE_TIMEOUT_MS(
      "500",
      "Milliseconds that a request for flags waits for a processor elsewhere; then the flags that need it fail."),
  /** Where groups are looked up. */
  HOGFLARE_GROUP_PROCESSOR_URL(
      null, "Base URL of the group-processor's admin port, for flags on group properties."),
  /** Files of the browser SDK. */
  HOGFLARE_SDK_ASSETS_DIR(
      null,
      "Folder dist of another posthog-js, served below /static; unset serves the one that is built in."),
  /** Where recordings go. */
  POSTHOG_SESSION_RECORDING_ENDPOINT(
      null,
      "Path such as /s/ to which browsers send session recordings; unset turns recording off."),
  /** Where the gateway passes flags on to. */
  FLAGS_SERVICE_URL(
      null,
      "Base URL of the flags-service, to which the gateway passes its paths on; unset answers them 404."),
  /** Bound on passing on. */
  FLAGS_SERVICE_TIMEOUT_MS(
      "5000", "Milliseconds that the gateway waits for the flags-service's answer.");

  private final String defaultValue;
  private final String meaning;

  Variable(String defaultValue, String meaning) {
    this.defaultValue = defaultValue;
    this.meaning = meaning;
  }

  /** Returns the value that holds when the variable is unset, or null if there is none. */
  public String defaultOrNull() {
    return defaultValue;
  }

  /** Returns what the variable is for, in one sentence. */
  public String meaning() {
    return meaning;
  }
}
