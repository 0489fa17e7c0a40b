// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.cloudflare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.hogflare.runtime.Variable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Asks the tables in Cloudflare's catalog, in R2 SQL or Basin SQL over HTTP. */
public final class RemoteSql {
  /** The most rows of one answer. */
  public static final int MOST_ROWS = 10_000;

  private static final int SYNTAX = 40003;
  private static final int UNSUPPORTED = 40004;
  private static final int EDGE = 80001;

  private final CloudflareApi api;
  private final Product product;

  /** Creates a session that has nothing to close. */
  public RemoteSql(CloudflareApi api) {
    this.api = api;
    product = api.config().product();
  }

  /**
   * A column of an answer.
   *
   * @param type the engine's name of the type, empty if it did not say
   */
  public record Column(String name, String type) {}

  /**
   * An answer.
   *
   * @param rows a list of values each: null, a {@link Boolean}, a {@link Number}, a {@link String},
   *     a {@link List} or a {@link Map} of such
   * @param bytesScanned what the query is charged for
   */
  public record Answer(List<Column> columns, List<List<Object>> rows, long bytesScanned) {}

  /**
   * Asks one question.
   *
   * @throws CloudflareException if it is refused; the message has the engine's words and the fix
   */
  public Answer query(String sql) {
    JsonNode answer = api.sql(JsonNodeFactory.instance.objectNode().put("query", sql));
    JsonNode result = answer.path("result");
    if (!answer.path("success").asBoolean() || !result.isObject()) {
      throw refusal(answer.path("errors"));
    }
    List<Column> columns = new ArrayList<>();
    for (JsonNode column : result.path("schema")) {
      columns.add(
          new Column(
              column.path("name").asText(),
              column.path("type").isValueNode()
                  ? column.path("type").asText()
                  : column.path("type").toString()));
    }
    if (columns.isEmpty() && !result.path("rows").isEmpty()) {
      result
          .path("rows")
          .get(0)
          .fieldNames()
          .forEachRemaining(name -> columns.add(new Column(name, "")));
    }
    List<List<Object>> rows = new ArrayList<>();
    for (JsonNode row : result.path("rows")) {
      List<Object> values = new ArrayList<>(columns.size());
      for (Column column : columns) {
        values.add(value(row.get(column.name())));
      }
      rows.add(values);
    }
    return new Answer(columns, rows, result.path("metrics").path("bytes_scanned").asLong());
  }

  private CloudflareException refusal(JsonNode errors) {
    int code = errors.path(0).path("code").asInt();
    String words = CloudflareApi.messages(errors);
    String fix =
        switch (code) {
          case SYNTAX -> "correct the statement.";
          case UNSUPPORTED ->
              "use a column and a construct that it knows; docs/remote-sql.md lists what it lacks.";
          case EDGE -> "the service was in trouble, ask again.";
          default ->
              looksLikeScope(code, words)
                  ? "give "
                      + Variable.CLOUDFLARE_SQL_TOKEN
                      + " the permissions \"Workers R2 SQL Read\", \"Workers R2 Data Catalog Read\""
                      + " and R2 storage."
                  : "if it says that too much would be read or kept in memory, bound the question"
                      + " by __ingest_ts or use approx_distinct and approx_percentile_cont.";
        };
    return new CloudflareException(
        product.sqlTitle() + " refused the query (" + words + "); " + fix,
        null,
        code == UNSUPPORTED || code == EDGE);
  }

  private static boolean looksLikeScope(int code, String words) {
    return code == 10000
        || code == 403
        || words.contains("uthenti")
        || words.contains("uthoriz")
        || words.contains("permission");
  }

  private static Object value(JsonNode node) {
    if (node == null || node.isNull()) {
      return null;
    }
    if (node.isBoolean()) {
      return node.booleanValue();
    }
    if (node.isNumber()) {
      return node.numberValue();
    }
    if (node.isArray()) {
      List<Object> items = new ArrayList<>();
      node.forEach(item -> items.add(value(item)));
      return items;
    }
    if (node.isObject()) {
      Map<String, Object> entries = new LinkedHashMap<>();
      node.properties().forEach(field -> entries.put(field.getKey(), value(field.getValue())));
      return entries;
    }
    return node.asText();
  }

  /** Returns a text as a literal; there are no bind parameters. */
  public static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }
}
