// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * A single statement that only reads, as DuckDB's own parser sees it.
 *
 * @param tables the names of tables and views that it reads, in lower case
 */
record ReadOnlyStatement(Set<String> tables) {
  /** The parts of a statement that read; since DuckDB 2.0 a WITH may also insert or delete. */
  private static final Set<String> READING_NODES =
      Set.of("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE");

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Examines a statement.
   *
   * @throws LakeQueryException if it is not one statement that only reads
   */
  static ReadOnlyStatement parse(Connection connection, String sql) throws SQLException {
    JsonNode tree;
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT json_serialize_sql(?)")) {
      statement.setString(1, SqlText.explained(sql));
      try (ResultSet result = statement.executeQuery()) {
        result.next();
        tree = JSON.readTree(result.getString(1));
      }
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("DuckDB's description of a statement is not JSON.", e);
    }
    if (tree.path("error").asBoolean()) {
      throw refusal(tree);
    }
    int statements = tree.path("statements").size();
    if (statements != 1) {
      throw new LakeQueryException(
          statements == 0
              ? "There is no statement; write a SELECT."
              : "There are " + statements + " statements; send one at a time.");
    }
    Set<String> tables = new TreeSet<>();
    visit(tree, tables);
    return new ReadOnlyStatement(Set.copyOf(tables));
  }

  private static LakeQueryException refusal(JsonNode tree) {
    String message = tree.path("error_message").asText();
    if (tree.path("error_type").asText().equals("parser")) {
      return new LakeQueryException(
          "The query failed: Parser Error: "
              + LakeQuery.oneSentence(message)
              + " (at character "
              + (tree.path("position").asInt() + 1)
              + ").");
    }
    return onlyQueries();
  }

  private static LakeQueryException onlyQueries() {
    return new LakeQueryException(
        "The lake is read-only here; write a SELECT, or DESCRIBE, SUMMARIZE, SHOW or EXPLAIN.");
  }

  private static void visit(JsonNode node, Set<String> tables) {
    if (node.isObject()) {
      String type = node.path("type").asText();
      if (type.endsWith("_NODE") && !READING_NODES.contains(type)) {
        throw onlyQueries();
      }
      if (node.path("table_name").isTextual()) {
        tables.add(node.path("table_name").asText().toLowerCase(Locale.ROOT));
      }
    }
    node.forEach(child -> visit(child, tables));
  }
}
