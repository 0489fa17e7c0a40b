// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

/** Counts what another lookup answers. */
final class CountedStateLookup implements StateLookup {
  private final StateLookup source;
  private final FlagsMetrics metrics;

  CountedStateLookup(StateLookup source, FlagsMetrics metrics) {
    this.source = source;
    this.metrics = metrics;
  }

  @Override
  public Answer person(String token, String distinctId) {
    return counted("person", source.person(token, distinctId));
  }

  @Override
  public Answer group(String token, String type, String key) {
    return counted("group", source.group(token, type, key));
  }

  private Answer counted(String kind, Answer answer) {
    metrics.lookup(kind, FlagsMetrics.outcomeOf(answer));
    return answer;
  }
}
