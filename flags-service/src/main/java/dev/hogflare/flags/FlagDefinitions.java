// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.contract.FlagRecordKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the flags that are in force, swaps them as a whole, and keeps them when what comes instead
 * cannot be read.
 */
final class FlagDefinitions {
  private static final Logger LOG = LoggerFactory.getLogger(FlagDefinitions.class);

  /** How many problems one sentence of health or log names. */
  private static final int NAMED_PROBLEMS = 5;

  private final FlagSetParser parser;
  private final FlagsMetrics metrics;
  private final Map<FlagRecordKey, JsonNode> records = new LinkedHashMap<>();
  private byte[] base;
  private volatile Snapshot current;
  private volatile String baseProblem;
  private volatile String recordsProblem;

  FlagDefinitions(FlagSetParser parser, FlagsMetrics metrics) throws FlagDocumentException {
    this.parser = parser;
    this.metrics = metrics;
    this.current = snapshot(parser.parse(new byte[] {'[', ']'}));
  }

  /** The flags of one moment, with all that was derived from them. */
  static final class Snapshot {
    private final FlagSet flags;
    private final RenderedFlags rendered;
    private final ConcurrentMap<ProjectFlags, LocalDefinitions.Document> local =
        new ConcurrentHashMap<>();

    private Snapshot(FlagSet flags, RenderedFlags rendered) {
      this.flags = flags;
      this.rendered = rendered;
    }

    /** Returns the flags. */
    FlagSet flags() {
      return flags;
    }

    /** Returns their outcomes in JSON. */
    RenderedFlags rendered() {
      return rendered;
    }

    /** Returns what server SDKs evaluate by themselves. */
    LocalDefinitions.Document local(String token) {
      return local.computeIfAbsent(
          flags.project(token), project -> LocalDefinitions.of(project, token, flags.problems()));
    }
  }

  /** Returns the flags that are in force. */
  Snapshot current() {
    return current;
  }

  /** Returns why the document is not the one in force, as one sentence, or null if it is. */
  String problemOrNull() {
    return baseProblem == null ? recordsProblem : baseProblem;
  }

  /**
   * Replaces the document under the records.
   *
   * @param name where it is from, for the log and health
   * @throws FlagDocumentException if it cannot be read; the flags stay as they were
   */
  synchronized void base(String name, byte[] document) throws FlagDocumentException {
    try {
      swap(document);
      base = document;
      baseProblem = null;
      LOG.info("Flags of {} are in force{}", name, problems(current.flags().problems()));
    } catch (FlagDocumentException e) {
      baseProblem = name + ": " + e.getMessage() + " The flags before it stay in force.";
      metrics.definitions(false);
      throw e;
    }
  }

  /** Says why the document could not even be fetched; the flags stay as they were. */
  void baseMissing(String sentence) {
    baseProblem = sentence + " The flags before it stay in force.";
    metrics.definitions(false);
  }

  /**
   * Changes records.
   *
   * @param changes the new values by their keys; null deletes
   */
  synchronized void records(Map<FlagRecordKey, byte[]> changes) {
    String problem = null;
    for (Map.Entry<FlagRecordKey, byte[]> change : changes.entrySet()) {
      if (change.getValue() == null) {
        records.remove(change.getKey());
        continue;
      }
      try {
        if (FlagDocument.read(change.getValue()) instanceof ObjectNode definition) {
          records.put(change.getKey(), definition);
        } else {
          problem = "The record of the flag " + change.getKey().flag() + " is no JSON object.";
        }
      } catch (FlagDocumentException e) {
        problem = "The record of the flag " + change.getKey().flag() + ": " + e.getMessage();
      }
    }
    try {
      swap(base);
      LOG.info("Stored flags are in force{}", problems(current.flags().problems()));
    } catch (FlagDocumentException e) {
      problem = "The stored flags: " + e.getMessage();
    }
    recordsProblem =
        problem == null ? null : problem + " The flags before it stay in force; put it again.";
    if (problem != null) {
      metrics.definitions(false);
      LOG.warn("{}", recordsProblem);
    }
  }

  private void swap(byte[] document) throws FlagDocumentException {
    byte[] whole =
        document == null && records.isEmpty()
            ? new byte[] {'[', ']'}
            : FlagDocument.compose(document, records);
    current = snapshot(parser.parse(whole));
    metrics.definitions(true);
  }

  private Snapshot snapshot(FlagSet flags) {
    return new Snapshot(flags, new RenderedFlags(metrics));
  }

  private static String problems(List<FlagProblem> problems) {
    if (problems.isEmpty()) {
      return "";
    }
    String rest =
        problems.size() > NAMED_PROBLEMS
            ? "; and " + (problems.size() - NAMED_PROBLEMS) + " more"
            : "";
    return "; "
        + problems.stream()
            .limit(NAMED_PROBLEMS)
            .map(FlagProblem::toString)
            .collect(Collectors.joining("; "))
        + rest;
  }
}
