// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.cloudflare;

import dev.hogflare.contract.RowSchema;
import dev.hogflare.runtime.Variable;

/** The tables that rows go to, with the variable that names the stream of each. */
public enum CloudflareTable {
  /** The event rows. */
  EVENTS(RowSchema.EVENTS, Variable.CLOUDFLARE_PIPELINE_ENDPOINT),
  /** The person snapshots. */
  PERSONS(RowSchema.PERSONS, Variable.CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT),
  /** What became of the earlier rows of distinct ids. */
  OVERRIDES(RowSchema.PERSON_OVERRIDES, Variable.CLOUDFLARE_OVERRIDES_PIPELINE_ENDPOINT),
  /** Session recordings, where they are apart from the events. */
  RECORDINGS(RowSchema.RECORDINGS, Variable.CLOUDFLARE_RECORDINGS_PIPELINE_ENDPOINT);

  private static final String USUAL_NAMESPACE = "default";

  private final RowSchema schema;
  private final Variable endpoint;

  CloudflareTable(RowSchema schema, Variable endpoint) {
    this.schema = schema;
    this.endpoint = endpoint;
  }

  /** Returns the columns. */
  public RowSchema schema() {
    return schema;
  }

  /** Returns the variable that names the stream to the forwarder. */
  public Variable endpoint() {
    return endpoint;
  }

  /**
   * Returns the stream's name: the table's, behind the namespace's unless that is the usual one, so
   * that tables of two namespaces have streams of their own.
   */
  public String stream(String namespace) {
    return namespace.equals(USUAL_NAMESPACE) ? schema.name() : namespace + "_" + schema.name();
  }

  /** Returns the sink's name. */
  public String sink(String namespace) {
    return stream(namespace) + "_sink";
  }

  /** Returns the pipeline's name. */
  public String pipeline(String namespace) {
    return stream(namespace) + "_pipeline";
  }
}
