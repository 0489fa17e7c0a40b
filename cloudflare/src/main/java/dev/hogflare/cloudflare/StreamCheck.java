// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.cloudflare;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.RowSchema;
import dev.hogflare.runtime.Variable;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Compares the columns of the streams that rows are posted to with those of the rows. */
public final class StreamCheck {
  private static final String INGEST_HOSTS = ".ingest.cloudflare.com";

  private StreamCheck() {}

  /**
   * An endpoint that rows are posted to.
   *
   * @param variable names the endpoint
   * @param schema the columns of the rows
   */
  public record Endpoint(Variable variable, URI url, RowSchema schema) {}

  /**
   * Compares as {@link #problems(CloudflareApi, Collection)} does, for a start that must not wait
   * for an account in trouble: every question is asked once, and 429 or a broken connection is the
   * end of it.
   *
   * @param patience the longest that all of it takes, however slowly the answers come
   * @throws CloudflareException if the account cannot be asked within that time
   */
  public static List<String> problems(
      CloudflareConfig account, Collection<Endpoint> endpoints, Duration patience) {
    try (CloudflareApi api = CloudflareApi.once(account)) {
      // The bound of a request ends with its headers; a body may come drop by drop.
      FutureTask<List<String>> comparison = new FutureTask<>(() -> problems(api, endpoints));
      Thread.ofVirtual().name("stream-check").start(comparison);
      try {
        return comparison.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        throw new CloudflareException(
            "Cloudflare's API did not answer within "
                + patience.toMillis()
                + " ms; check the network and "
                + Variable.HOGFLARE_CLOUDFLARE_API_URL
                + ".",
            e);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof RuntimeException known) {
          throw known;
        }
        throw new IllegalStateException("The streams could not be compared.", e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CloudflareException("The comparison of the streams was interrupted.", e);
      } finally {
        comparison.cancel(true);
      }
    }
  }

  /**
   * Returns one sentence for each endpoint that would drop rows, with every difference and the fix.
   *
   * <p>An endpoint that is not Cloudflare's, such as a local lake, is left out.
   *
   * @throws CloudflareException if the account cannot be asked
   */
  public static List<String> problems(CloudflareApi api, Collection<Endpoint> endpoints) {
    Map<String, JsonNode> streams = new HashMap<>();
    for (JsonNode stream : api.list("streams")) {
      String endpoint = stream.path("endpoint").asText("");
      if (endpoint.isEmpty()) {
        endpoint = stream.path("id").asText() + INGEST_HOSTS;
      }
      streams.put(plain(endpoint), stream);
    }
    List<String> problems = new ArrayList<>();
    for (Endpoint endpoint : endpoints) {
      JsonNode stream = streams.get(plain(endpoint.url().toString()));
      if (stream == null) {
        String host = endpoint.url().getHost();
        if (host != null && host.toLowerCase(Locale.ROOT).endsWith(INGEST_HOSTS)) {
          problems.add(
              endpoint.variable()
                  + " names no stream of the account "
                  + api.config().accountId()
                  + "; set it to the endpoint of one ('hogflare cloudflare provision' writes"
                  + " them), or CLOUDFLARE_ACCOUNT_ID to the account of the stream.");
        }
        continue;
      }
      JsonNode whole = api.get("streams", stream.path("id").asText());
      List<String> differences = StreamColumns.differences(endpoint.schema(), whole);
      if (!differences.isEmpty()) {
        problems.add(
            endpoint.variable()
                + " names the stream "
                + stream.path("name").asText()
                + ", which would drop rows of "
                + endpoint.schema().name()
                + " without a word: "
                + String.join("; ", differences)
                + "; set it to a stream of these columns, which 'hogflare cloudflare provision'"
                + " creates.");
      }
    }
    return problems;
  }

  private static String plain(String url) {
    return url.toLowerCase(Locale.ROOT).replaceFirst("^https?://", "").replaceFirst("/+$", "");
  }
}
