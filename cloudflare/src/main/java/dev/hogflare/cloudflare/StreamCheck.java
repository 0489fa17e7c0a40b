// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.cloudflare;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.RowSchema;
import dev.hogflare.runtime.Variable;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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
