// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.cloudflare.CloudflareApi;
import dev.hogflare.cloudflare.CloudflareConfig;
import dev.hogflare.cloudflare.CloudflareException;
import dev.hogflare.cloudflare.CloudflareTable;
import dev.hogflare.cloudflare.Provisioning;
import dev.hogflare.cloudflare.RemoteSql;
import dev.hogflare.contract.JsonBuffer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code cloudflare verify}: sends the events of a visitor who becomes a user, and asks the tables
 * until their rows are there.
 */
@Command(
    name = "verify",
    description = {
      "Send three events of a visitor who becomes a user to a gateway, and ask Cloudflare's",
      "tables until the three rows, of one person, and the person's three snapshots are there.",
      "",
      "A new pipeline writes its first file after some minutes, later ones after a minute or two."
    },
    sortOptions = false,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:everything arrived", "1:something is missing, and what is said"})
final class CloudflareVerifyCommand implements Callable<Integer> {
  private static final Duration REQUEST_PATIENCE = Duration.ofSeconds(30);
  private static final int ANY_ROLL_SECONDS = 60;

  private final Shell shell;

  @Option(
      names = "--gateway",
      paramLabel = "<url>",
      defaultValue = "http://127.0.0.1:8080",
      description = "Where events are sent to (default: ${DEFAULT-VALUE}).")
  private String gateway;

  @Option(
      names = "--token",
      paramLabel = "<project key>",
      defaultValue = "phc_verification",
      description = "Project of the events (default: ${DEFAULT-VALUE}).")
  private String token;

  @Option(
      names = "--wait",
      paramLabel = "<seconds>",
      defaultValue = "600",
      description = "Longest wait for the rows (default: ${DEFAULT-VALUE}).")
  private int patience;

  @Option(
      names = "--every",
      paramLabel = "<seconds>",
      defaultValue = "10",
      description = "Time between questions (default: ${DEFAULT-VALUE}).")
  private int interval;

  CloudflareVerifyCommand(Shell shell) {
    this.shell = shell;
  }

  /**
   * What was sent and has to arrive.
   *
   * @param events the events' names by uuid, in order
   * @param operations the operations of the snapshots, by the uuid of the event that causes them
   */
  private record Sent(Map<String, String> events, Map<String, String> operations) {}

  /**
   * What the tables said.
   *
   * @param refusal why a table could not be asked yet, empty if all could
   */
  private record Found(
      Set<String> events, Set<String> operations, Set<String> persons, String refusal) {}

  @Override
  public Integer call() {
    CloudflareConfig config = CloudflareCommand.config(shell);
    config.requiredBucket();
    Console console = shell.console();
    long began = System.nanoTime();
    Sent sent = send();
    console.say("sent 3 events to " + gateway + " in the project " + token);
    try (CloudflareApi api = new CloudflareApi(config)) {
      RemoteSql sql = new RemoteSql(api);
      long deadline = began + Duration.ofSeconds(Math.max(0, patience)).toNanos();
      while (true) {
        Found found = ask(sql, config.namespace(), sent);
        long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds();
        boolean all =
            found.events().size() == 3
                && found.operations().size() == 3
                && found.persons().size() == 1;
        if (all) {
          console.say("all rows are there after " + seconds + " s: 3 events of one person");
          return 0;
        }
        if (System.nanoTime() - deadline >= 0) {
          missing(sent, found, seconds);
          states(api);
          return CommandException.FAILED;
        }
        console.refresh(
            "after "
                + seconds
                + " s: "
                + found.events().size()
                + " of 3 events, "
                + found.operations().size()
                + " of 3 snapshots");
        LockSupport.parkNanos(Duration.ofMillis(Math.max(50, interval * 1_000L)).toNanos());
      }
    }
  }

  private Sent send() {
    String run = UUID.randomUUID().toString();
    String visitor = "verify-visitor-" + run;
    String user = "verify-user-" + run;
    Map<String, String> events = new LinkedHashMap<>();
    Map<String, String> operations = new LinkedHashMap<>();
    try (HttpClient http = HttpClient.newHttpClient()) {
      for (String event : List.of("verification viewed", "$identify", "verification signed up")) {
        String uuid = UUID.randomUUID().toString();
        boolean identify = event.equals("$identify");
        events.put(uuid, event);
        operations.put(uuid, identify ? "identify" : "capture");
        JsonBuffer body =
            new JsonBuffer(256)
                .openObject()
                .name("api_key")
                .string(token)
                .name("event")
                .string(event)
                .name("uuid")
                .string(uuid)
                .name("distinct_id")
                .string(events.size() == 1 ? visitor : user)
                .name("properties")
                .openObject();
        if (identify) {
          body.name("$anon_distinct_id").string(visitor);
        }
        body.name("$set").openObject().name("verified").bool(true).closeObject();
        post(http, body.closeObject().closeObject().toBytes());
      }
    }
    return new Sent(events, operations);
  }

  private void post(HttpClient http, byte[] body) {
    try {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(URI.create(gateway.replaceFirst("/+$", "") + "/capture"))
                  .timeout(REQUEST_PATIENCE)
                  .header("content-type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      if (answer.statusCode() != 200) {
        throw new CommandException(
            CommandException.FAILED,
            "The gateway at "
                + gateway
                + " answered "
                + answer.statusCode()
                + " ("
                + answer.body().replaceAll("\\p{Cntrl}+", " ").strip()
                + "); name another with --gateway, or a project that it takes with --token.");
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new CommandException(
          CommandException.FAILED,
          "The gateway at " + gateway + " cannot be reached; name it with --gateway.",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException(CommandException.FAILED, "The sending was interrupted.", e);
    }
  }

  private static Found ask(RemoteSql sql, String namespace, Sent sent) {
    String uuids =
        sent.events().keySet().stream().map(RemoteSql::literal).collect(Collectors.joining(", "));
    Set<String> events = new TreeSet<>();
    Set<String> operations = new TreeSet<>();
    Set<String> persons = new TreeSet<>();
    String schema = "\"" + namespace + "\".";
    String refusal = "";
    try {
      // Rows may be there twice, since they are sent at least once.
      for (List<Object> row :
          sql.query(
                  "SELECT uuid, person_id FROM "
                      + schema
                      + CloudflareTable.EVENTS.schema().name()
                      + " WHERE uuid IN ("
                      + uuids
                      + ") LIMIT 1000")
              .rows()) {
        events.add(String.valueOf(row.get(0)));
        persons.add(String.valueOf(row.get(1)));
      }
      for (List<Object> row :
          sql.query(
                  "SELECT source_event_uuid, operation, person_id FROM "
                      + schema
                      + CloudflareTable.PERSONS.schema().name()
                      + " WHERE source_event_uuid IN ("
                      + uuids
                      + ") LIMIT 1000")
              .rows()) {
        if (String.valueOf(row.get(1)).equals(sent.operations().get(String.valueOf(row.get(0))))) {
          operations.add(String.valueOf(row.get(0)));
          persons.add(String.valueOf(row.get(2)));
        }
      }
    } catch (CloudflareException e) {
      if (!e.passing()) {
        throw e;
      }
      refusal = e.getMessage(); // A sink creates its table with its first file.
    }
    return new Found(events, operations, persons, refusal);
  }

  private void missing(Sent sent, Found found, long seconds) {
    Console console = shell.console();
    List<String> lines = new ArrayList<>();
    sent.events()
        .forEach(
            (uuid, name) -> {
              if (!found.events().contains(uuid)) {
                lines.add("the event \"" + name + "\" (" + uuid + ")");
              } else if (!found.operations().contains(uuid)) {
                lines.add(
                    "the person's snapshot \"" + sent.operations().get(uuid) + "\" of " + uuid);
              }
            });
    console.say("missing after " + seconds + " s:");
    lines.forEach(line -> console.say("  " + line));
    if (lines.isEmpty()) {
      console.say("  one person: the rows carry " + String.join(", ", found.persons()));
    }
    if (!found.refusal().isEmpty()) {
      console.say(found.refusal());
    }
    console.say(
        found.events().isEmpty()
            ? "Nothing arrived: ask the forwarder's /healthz, then 'hogflare dlq list'."
            : found.events().size() < 3
                ? "Some events arrived: wait for the next file, then ask 'hogflare dlq list'."
                : "The events are there: check CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT and"
                    + " PERSON_SNAPSHOTS.");
  }

  private void states(CloudflareApi api) {
    try {
      new Provisioning(api, ANY_ROLL_SECONDS)
          .states(List.of(CloudflareTable.values()))
          .forEach(
              (table, state) ->
                  shell.console().say("pipeline of " + table.schema().name() + ": " + state));
    } catch (CloudflareException e) {
      // The token may be one for queries alone; what is missing was said.
      shell.console().say("The pipelines' states are not known: " + e.getMessage());
    }
  }
}
