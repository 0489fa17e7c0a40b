// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

/** The kinds of OpenTelemetry requests, with the names by which each nests its records. */
enum OtlpSignal {
  /** Log records. */
  LOGS("resourceLogs", "scopeLogs", "logRecords", "$log", "rejectedLogRecords"),
  /** Spans. */
  TRACES("resourceSpans", "scopeSpans", "spans", "$span", "rejectedSpans"),
  /** Data points of metrics. */
  METRICS("resourceMetrics", "scopeMetrics", "metrics", "$metric", "rejectedDataPoints"),
  /** Spans of calls of models, which become PostHog's events of them. */
  AI("resourceSpans", "scopeSpans", "spans", "$ai_span", "rejectedSpans");

  private final String resources;
  private final String scopes;
  private final String records;
  private final String event;
  private final String rejected;

  OtlpSignal(String resources, String scopes, String records, String event, String rejected) {
    this.resources = resources;
    this.scopes = scopes;
    this.records = records;
    this.event = event;
    this.rejected = rejected;
  }

  /** Returns the member of a request that has an element for each resource. */
  String resources() {
    return resources;
  }

  /** Returns the member of a resource's element that has an element for each scope. */
  String scopes() {
    return scopes;
  }

  /** Returns the member of a scope's element that has the records. */
  String records() {
    return records;
  }

  /** Returns the name of the events that its records become. */
  String event() {
    return event;
  }

  /** Returns the member of an answer that says how many records were not taken. */
  String rejected() {
    return rejected;
  }
}
