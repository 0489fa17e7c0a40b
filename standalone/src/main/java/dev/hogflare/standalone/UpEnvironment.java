// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.RowSchema;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.HostPort;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntUnaryOperator;

/**
 * Completes the operator's environment with what everything on one machine needs.
 *
 * <p>An option wins over a variable, a variable over what is set here. The embedded broker's
 * address and the local lake's are ours alone.
 */
final class UpEnvironment {
  private static final String DEFAULT_HOST = "127.0.0.1";
  private static final int DEFAULT_PORT = 8080;
  private static final int USUAL_ADMIN_PORT = 8081;
  private static final int USUAL_LAKE_PORT = 8088;
  private static final int ANY_PORT = 0;
  private static final String DEFAULT_PARTITIONS = "4";
  private static final String COMMIT_SECONDS = "5";
  private static final String DEFINITIONS_SECONDS = "10";
  private static final String RECORDINGS = "HOGFLARE_LAKE_RECORDINGS";

  private UpEnvironment() {}

  /**
   * What was typed.
   *
   * @param host where the gateway listens, if given
   * @param port its port, if given
   * @param partitions the partitions of each topic, if given
   */
  record Options(Optional<String> host, OptionalInt port, OptionalInt partitions) {}

  /**
   * Returns the environment for all services.
   *
   * @param data the folder of everything
   * @param kafka {@code host:port} of the embedded broker
   * @param lakeToken a secret that only this process knows
   * @param freePort returns the given port if it is free, else another one; for 0 any
   * @throws CommandException if the options or variables contradict what is there
   */
  static Map<String, String> complete(
      Map<String, String> operator,
      Options options,
      DataFolder data,
      String kafka,
      String lakeToken,
      IntUnaryOperator freePort) {
    Map<String, String> all = new HashMap<>(operator);
    all.values().removeIf(String::isBlank);
    if (all.containsKey("KAFKA_BOOTSTRAP_SERVERS")) {
      throw new CommandException(
          CommandException.USAGE,
          "'hogflare up' brings its own Kafka, but KAFKA_BOOTSTRAP_SERVERS is set; unset it, or"
              + " run the services by themselves as docker-compose.yml does.");
    }
    if (all.containsKey("HOGFLARE_GENERATION")) {
      throw new CommandException(
          CommandException.USAGE,
          "'hogflare up' runs every generation that there is to run, but HOGFLARE_GENERATION is"
              + " set; unset it.");
    }
    all.put("KAFKA_BOOTSTRAP_SERVERS", kafka);
    all.put("APP_ADDR", address(all, options));
    all.put("HOGFLARE_PARTITIONS", partitions(all, options, data));
    all.put("HOGFLARE_REPLICATION_FACTOR", "1");
    all.putIfAbsent("HOGFLARE_STATE_DIR", data.state().toString());
    all.putIfAbsent("HOGFLARE_SPOOL_DIR", data.spool().toString());
    all.putIfAbsent("HOGFLARE_LAKE_DIR", data.lake(operator).toString());
    all.putIfAbsent("HOGFLARE_LAKE_COMMIT_SECONDS", COMMIT_SECONDS);
    all.putIfAbsent("HOGFLARE_DEFINITIONS_SECONDS", DEFINITIONS_SECONDS);
    usePort(all, "HOGFLARE_ADMIN_PORT", USUAL_ADMIN_PORT, freePort);
    // Lookups ask Kafka Streams where a key lives, which it only says with an address to name.
    all.putIfAbsent(
        "HOGFLARE_ADVERTISED_ADDRESS", DEFAULT_HOST + ":" + all.get("HOGFLARE_ADMIN_PORT"));
    if (usesLocalLake(all)) {
      useLocalLake(all, lakeToken, freePort);
    }
    return Map.copyOf(all);
  }

  /** Says whether the rows go to the local lake, because no other endpoint is set. */
  static boolean usesLocalLake(Map<String, String> operator) {
    return operator.getOrDefault("CLOUDFLARE_PIPELINE_ENDPOINT", "").isBlank();
  }

  private static String address(Map<String, String> all, Options options) {
    String set = all.getOrDefault("APP_ADDR", DEFAULT_HOST + ":" + DEFAULT_PORT);
    HostPort base = HostPort.parseOrNull(set);
    if (base == null) {
      // Kept, so that its check names the variable.
      return set;
    }
    return new HostPort(options.host().orElse(base.host()), options.port().orElse(base.port()))
        .toString();
  }

  private static String partitions(Map<String, String> all, Options options, DataFolder data) {
    String wanted =
        options.partitions().isPresent()
            ? Integer.toString(options.partitions().getAsInt())
            : all.get("HOGFLARE_PARTITIONS");
    Topics topics = new Topics(all.getOrDefault("HOGFLARE_TOPIC_PREFIX", "hogflare."));
    OptionalInt existing = data.partitionsOf(topics.eventsRaw());
    if (existing.isEmpty()) {
      return wanted == null ? DEFAULT_PARTITIONS : wanted;
    }
    String kept = Integer.toString(existing.getAsInt());
    if (wanted != null && !wanted.equals(kept)) {
      throw new CommandException(
          CommandException.USAGE,
          "The topics in "
              + data.root()
              + " have "
              + kept
              + " partitions, which cannot become "
              + wanted
              + " because keys would move away from their state; leave "
              + (options.partitions().isPresent() ? "--partitions" : "HOGFLARE_PARTITIONS")
              + " out, name another folder with --data, or copy the events into topics of another"
              + " count: 'hogflare rebuild repartition --partitions "
              + wanted
              + "'.");
    }
    return kept;
  }

  private static void usePort(
      Map<String, String> all, String variable, int usual, IntUnaryOperator freePort) {
    String set = all.get(variable);
    // Known before the listener is there, because other settings follow from it.
    if (set == null) {
      all.put(variable, Integer.toString(freePort.applyAsInt(usual)));
    } else if (set.trim().equals("0")) {
      all.put(variable, Integer.toString(freePort.applyAsInt(ANY_PORT)));
    }
  }

  private static void useLocalLake(
      Map<String, String> all, String lakeToken, IntUnaryOperator freePort) {
    usePort(all, "HOGFLARE_LAKE_PORT", USUAL_LAKE_PORT, freePort);
    boolean elsewhere = all.containsKey("CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT");
    boolean overridesElsewhere = all.containsKey("CLOUDFLARE_OVERRIDES_PIPELINE_ENDPOINT");
    if ((!elsewhere || all.containsKey("CLOUDFLARE_PERSONS_PIPELINE_AUTH_TOKEN"))
        && (!overridesElsewhere || all.containsKey("CLOUDFLARE_OVERRIDES_PIPELINE_AUTH_TOKEN"))) {
      // Without a token, any web page in a browser on this machine could post rows. Where other
      // rows go elsewhere without a token of their own, the events' would be sent along.
      all.putIfAbsent("HOGFLARE_LAKE_TOKEN", lakeToken);
    }
    String host = reachable(all.getOrDefault("HOGFLARE_LAKE_HOST", DEFAULT_HOST));
    String base = "http://" + host + ":" + all.get("HOGFLARE_LAKE_PORT") + "/streams/";
    useLocalRecordings(all, base);
    all.put("CLOUDFLARE_PIPELINE_ENDPOINT", base + RowSchema.EVENTS.name());
    all.remove("CLOUDFLARE_PIPELINE_AUTH_TOKEN");
    if (all.containsKey("HOGFLARE_LAKE_TOKEN")) {
      all.put("CLOUDFLARE_PIPELINE_AUTH_TOKEN", all.get("HOGFLARE_LAKE_TOKEN"));
    }
    if (!elsewhere) {
      all.put("CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT", base + RowSchema.PERSONS.name());
      all.remove("CLOUDFLARE_PERSONS_PIPELINE_AUTH_TOKEN");
    }
    if (!overridesElsewhere) {
      all.put("CLOUDFLARE_OVERRIDES_PIPELINE_ENDPOINT", base + RowSchema.PERSON_OVERRIDES.name());
      all.remove("CLOUDFLARE_OVERRIDES_PIPELINE_AUTH_TOKEN");
    }
  }

  private static void useLocalRecordings(Map<String, String> all, String base) {
    if (all.containsKey("CLOUDFLARE_RECORDINGS_PIPELINE_ENDPOINT")) {
      // The books of the lake would miss them, and the lake's token would be sent along.
      throw new CommandException(
          CommandException.USAGE,
          "CLOUDFLARE_RECORDINGS_PIPELINE_ENDPOINT is set while events go to the local lake; set"
              + " CLOUDFLARE_PIPELINE_ENDPOINT as well, or HOGFLARE_LAKE_RECORDINGS=apart for a"
              + " table of their own in the lake.");
    }
    switch (all.getOrDefault(RECORDINGS, "in_events")) {
      case "in_events" -> {
        // They follow the events.
      }
      case "apart" ->
          all.put("CLOUDFLARE_RECORDINGS_PIPELINE_ENDPOINT", base + RowSchema.RECORDINGS.name());
      default ->
          throw new CommandException(
              CommandException.USAGE,
              RECORDINGS
                  + " is \""
                  + all.get(RECORDINGS)
                  + "\"; set it to one of in_events, apart.");
    }
    all.remove("CLOUDFLARE_RECORDINGS_PIPELINE_AUTH_TOKEN");
  }

  /** Returns an address at which this machine reaches what listens on the given one. */
  static String reachable(String host) {
    boolean everywhere = host.equals("0.0.0.0") || host.equals("::") || host.equals("[::]");
    return everywhere ? DEFAULT_HOST : host;
  }
}
