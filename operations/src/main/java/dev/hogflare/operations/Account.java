// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

import java.util.Map;
import java.util.TreeMap;

/**
 * What all stages counted of one bucket.
 *
 * <p>What came in at a stage went out of it in one of several ways:
 *
 * <pre>
 * received + split
 *          = rows + grouped + duplicates + filtered + dead letters       person-processor
 * grouped + sent again = rows + dead letters                             group-processor
 * rows of both        = held by the sink + dead letters + erased         forwarder, sink
 * </pre>
 *
 * @param received events that the person-processor read from the raw topics
 * @param redriven those of them that came from the dead letters
 * @param rows rows that it wrote
 * @param split those of them that a recording gave beside its first, because it was too long for
 *     one
 * @param grouped rows that it sent on to their groups
 * @param duplicates repeated events that it dropped
 * @param filtered events that a transformation dropped
 * @param personDead its dead letters
 * @param groupRows rows that the group-processor wrote
 * @param groupDead its dead letters
 * @param groupRedriven those of them that were sent through again
 * @param forwarderDead rows that the forwarder put aside and nobody sent again
 * @param held rows of different uuids in the sink
 * @param repeatedDeliveries rows that the sink holds twice, which its queries show once
 * @param erased rows that were erased from the sink on demand
 * @param stored events that gateways counted as stored
 * @param byGateway what else gateways counted, by name
 */
public record Account(
    long received,
    long redriven,
    long rows,
    long split,
    long grouped,
    long duplicates,
    long filtered,
    long personDead,
    long groupRows,
    long groupDead,
    long groupRedriven,
    long forwarderDead,
    long held,
    long repeatedDeliveries,
    long erased,
    long stored,
    Map<String, Long> byGateway) {

  /** Copies the map. */
  public Account {
    byGateway = Map.copyOf(byGateway);
  }

  /** Returns the events that the gateway accepted. */
  public long accepted() {
    return received - redriven;
  }

  /** Returns the events that ended as dead letters behind the gateway and were not sent again. */
  public long deadLetters() {
    return Math.max(0, personDead - redriven) + groupDead - groupRedriven + forwarderDead;
  }

  /** Returns how many more events a gateway counted than arrived behind it; 0 if none. */
  long shortOfGateway() {
    return Math.max(0, stored - accepted());
  }

  long shortOfPersons() {
    return received + split - rows - grouped - duplicates - filtered - personDead;
  }

  long shortOfGroups() {
    return grouped + groupRedriven - groupRows - groupDead;
  }

  long shortOfSink() {
    return rows + groupRows - held - forwarderDead - erased;
  }

  /** Returns how many events the counts miss. */
  public long missing() {
    return shortOfGateway()
        + Math.max(0, shortOfPersons())
        + Math.max(0, shortOfGroups())
        + Math.max(0, shortOfSink());
  }

  /** Returns how many rows there are too many. */
  public long doubled() {
    return -(Math.min(0, shortOfPersons())
        + Math.min(0, shortOfGroups())
        + Math.min(0, shortOfSink()));
  }

  /** Returns what the gateways rejected or left out, by name, without what they put aside. */
  public Map<String, Long> rejectedOrFiltered() {
    Map<String, Long> counts = new TreeMap<>(byGateway);
    counts.keySet().removeIf(name -> !name.startsWith("rejected.") && !name.equals("filtered"));
    return counts;
  }

  /** Returns the sum of the gateways' counts whose name begins so. */
  public long sumByGateway(String beginning) {
    return byGateway.entrySet().stream()
        .filter(count -> count.getKey().startsWith(beginning))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }
}
