// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.cloudflare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.hogflare.runtime.Variable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Speaks with Cloudflare's HTTP interfaces, whose answers come in one kind of envelope: {@code
 * success}, {@code errors} with code and message, {@code result}, {@code result_info}.
 *
 * <p>What reads is repeated when the service is busy or away; what creates is repeated only when
 * the answer says that it was not done (429), because two streams of one name would be worse than a
 * second run of the command. Safe for concurrent use.
 */
public final class CloudflareApi implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int ATTEMPTS = 4;

  /** The management API's bound is 1,200 requests in five minutes; a window never lasts longer. */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

  /** What the list calls are asked for at a time. */
  private static final int PAGE = 100;

  /** An answer to SQL has 10,000 rows at most; one beyond this is no answer. */
  private static final int MOST_BYTES = 256 * 1024 * 1024;

  private static final int SHOWN = 200;

  private final CloudflareConfig config;
  private final HttpClient http;
  private final Consumer<Duration> pause;
  private final int attempts;

  /** Creates a client that is to be closed. */
  public CloudflareApi(CloudflareConfig config) {
    this(config, wait -> LockSupport.parkNanos(wait.toNanos()));
  }

  /**
   * Creates a client.
   *
   * @param pause waits
   */
  CloudflareApi(CloudflareConfig config, Consumer<Duration> pause) {
    this(config, pause, ATTEMPTS);
  }

  private CloudflareApi(CloudflareConfig config, Consumer<Duration> pause, int attempts) {
    this.config = config;
    this.pause = pause;
    this.attempts = attempts;
    http =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT_PATIENCE)
            // The token would go where nobody sent it.
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  /** Creates a client that repeats nothing, for somebody who cannot wait; it is to be closed. */
  static CloudflareApi once(CloudflareConfig config) {
    return new CloudflareApi(config, wait -> {}, 1);
  }

  CloudflareConfig config() {
    return config;
  }

  /** Returns all entries of a list, such as that of {@code streams}. */
  List<JsonNode> list(String kind) {
    List<JsonNode> all = new ArrayList<>();
    for (int page = 1; ; page++) {
      JsonNode answer =
          call("GET", pipelines(kind + "?page=" + page + "&per_page=" + PAGE), kind, null);
      JsonNode result = answer.path("result");
      if (!result.isArray()) {
        throw new CloudflareException(
            "Cloudflare's list of " + kind + " is no list; the API may have changed.");
      }
      result.forEach(all::add);
      JsonNode total = answer.path("result_info").path("total_count");
      boolean whole = total.isNumber() ? all.size() >= total.asInt() : result.size() < PAGE;
      if (whole || result.isEmpty()) {
        return all;
      }
    }
  }

  /** Returns one entry as it is now. */
  JsonNode get(String kind, String id) {
    return call("GET", pipelines(kind + "/" + id), kind, null).path("result");
  }

  /** Creates something and returns it. */
  JsonNode create(String kind, JsonNode body) {
    return call("POST", pipelines(kind), kind, body).path("result");
  }

  /** Changes what can be changed of something. */
  void change(String kind, String id, JsonNode body) {
    call("PATCH", pipelines(kind + "/" + id), kind, body);
  }

  /** Deletes something; that it is gone already is no fault. */
  void delete(String kind, String id) {
    call("DELETE", pipelines(kind + "/" + id), kind, null);
  }

  private URI pipelines(String rest) {
    return URI.create(config.api() + "/accounts/" + config.accountId() + "/pipelines/v1/" + rest);
  }

  /** Posts a question to the query API and returns the whole envelope. */
  JsonNode sql(JsonNode body) {
    URI target =
        URI.create(
            config.sql()
                + "/accounts/"
                + config.accountId()
                + "/"
                + config.product().sqlPath()
                + "/query/"
                + config.requiredBucket());
    return exchange("POST", target, body, config.sqlToken(), true, false).body();
  }

  /** Posts a question about metrics and returns what GraphQL answered. */
  JsonNode graphql(JsonNode body) {
    Reply reply = exchange("POST", config.graphql(), body, config.token(), true, false);
    JsonNode errors = reply.body().path("errors");
    if (reply.status() != 200 || (errors.isArray() && !errors.isEmpty())) {
      throw new CloudflareException(
          "Cloudflare's metrics answered "
              + reply.status()
              + ": "
              + messages(errors)
              + "; give "
              + Variable.CLOUDFLARE_API_TOKEN
              + " the permission \"Account Analytics Read\".");
    }
    return reply.body().path("data");
  }

  /** An answer. */
  private record Reply(int status, JsonNode body) {}

  private JsonNode call(String method, URI target, String kind, JsonNode body) {
    boolean repeatable = method.equals("GET") || method.equals("DELETE");
    Reply reply = exchange(method, target, body, config.token(), repeatable, true);
    if (method.equals("DELETE") && reply.status() == 404) {
      return MissingNode.getInstance();
    }
    if (reply.status() >= 200
        && reply.status() < 300
        && reply.body().path("success").asBoolean(true)) {
      return reply.body();
    }
    throw new CloudflareException(
        "Cloudflare answered "
            + reply.status()
            + " to "
            + method
            + " "
            + kind
            + " ("
            + messages(reply.body().path("errors"))
            + "); "
            + fix(reply.status(), method));
  }

  private static String fix(int status, String method) {
    return switch (status) {
      case 401 -> "set " + Variable.CLOUDFLARE_API_TOKEN + " to a token that is valid.";
      case 403 ->
          "give "
              + Variable.CLOUDFLARE_API_TOKEN
              + " the permission \"Pipelines "
              + (method.equals("GET") ? "Read" : "Write")
              + "\" for this account.";
      case 404 ->
          "check "
              + Variable.CLOUDFLARE_ACCOUNT_ID
              + " and "
              + Variable.HOGFLARE_CLOUDFLARE_API_URL
              + ".";
      case 429 -> "the account's limit of requests is used up; try again in five minutes.";
      default ->
          status >= 500
              ? "the service is in trouble; give the command again, it goes on where it stopped."
              : "change what the message names, then give the command again.";
    };
  }

  /** Returns the messages of an envelope with their codes, on one line. */
  static String messages(JsonNode errors) {
    List<String> all = new ArrayList<>();
    errors.forEach(
        error -> {
          String code = error.path("code").asText("");
          all.add((code.isEmpty() ? "" : code + ": ") + shown(error.path("message").asText("")));
        });
    return all.isEmpty() ? "without a reason" : String.join("; ", all);
  }

  static String shown(String text) {
    String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
    return line.length() <= 2 * SHOWN ? line : line.substring(0, 2 * SHOWN) + "…";
  }

  private Reply exchange(
      String method,
      URI target,
      JsonNode body,
      String token,
      boolean repeatable,
      boolean management) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(target)
            .timeout(PATIENCE)
            .header("Authorization", "Bearer " + token)
            .header("Accept", "application/json");
    if (body == null) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      request
          .header("Content-Type", "application/json")
          .method(method, HttpRequest.BodyPublishers.ofByteArray(bytes(body)));
    }
    String what = management ? "Cloudflare's API" : target.getHost();
    for (int attempt = 1; ; attempt++) {
      boolean last = attempt == attempts;
      try {
        HttpResponse<InputStream> response =
            http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        byte[] read = read(response, what);
        int status = response.statusCode();
        boolean away = status >= 500 && repeatable;
        if (!last && (status == 429 || away)) {
          pause.accept(wish(response.headers().firstValue("Retry-After"), attempt));
          continue;
        }
        // It is gone, whoever says so.
        return method.equals("DELETE") && status == 404
            ? new Reply(status, MissingNode.getInstance())
            : new Reply(status, parsed(read, status, what));
      } catch (IOException e) {
        if (last || !repeatable) {
          throw new CloudflareException(
              what
                  + " could not be asked ("
                  + e
                  + "); check the network"
                  + (management ? " and " + Variable.HOGFLARE_CLOUDFLARE_API_URL : "")
                  + ", then give the command again, it goes on where it stopped.",
              e);
        }
        pause.accept(wish(Optional.empty(), attempt));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CloudflareException("The question to " + what + " was interrupted.", e);
      }
    }
  }

  private static Duration wish(Optional<String> retryAfter, int attempt) {
    Duration wished =
        retryAfter
            .map(String::strip)
            .filter(text -> text.matches("[0-9]{1,6}"))
            .map(text -> Duration.ofSeconds(Long.parseLong(text)))
            .orElse(Duration.ofSeconds(1L << (attempt - 1)));
    return wished.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wished;
  }

  private static byte[] read(HttpResponse<InputStream> response, String what) throws IOException {
    try (InputStream in = response.body()) {
      byte[] bytes = in.readNBytes(MOST_BYTES);
      if (bytes.length == MOST_BYTES) {
        throw new CloudflareException(
            what + " answered with more than " + MOST_BYTES + " bytes; ask for less.");
      }
      return bytes;
    }
  }

  /** A gateway on the way may answer with HTML or with nothing. */
  private static JsonNode parsed(byte[] read, int status, String what) throws IOException {
    if (read.length == 0 && status < 300) {
      return MissingNode.getInstance();
    }
    try {
      JsonNode tree = JSON.readTree(read);
      if (tree != null && tree.isObject()) {
        return tree;
      }
    } catch (JsonProcessingException e) {
      throw notJson(read, status, what, e);
    }
    throw notJson(read, status, what, null);
  }

  private static CloudflareException notJson(
      byte[] read, int status, String what, Throwable cause) {
    return new CloudflareException(
        what
            + " answered "
            + status
            + " with something that is no JSON ("
            + shown(new String(read, 0, Math.min(read.length, SHOWN), StandardCharsets.UTF_8))
            + "); try again.",
        cause);
  }

  private static byte[] bytes(JsonNode body) {
    try {
      return JSON.writeValueAsBytes(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A tree of JSON cannot be written.", e);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
