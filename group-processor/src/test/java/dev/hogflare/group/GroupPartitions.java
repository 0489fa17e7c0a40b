// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.contract.GroupedEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.test.TestRecord;

/**
 * The real topology as several partitions, with a seeded scheduler that decides which record
 * arrives next.
 *
 * <p>Records of one sender arrive at one partition first in, first out; nothing else is promised.
 */
final class GroupPartitions implements AutoCloseable {
  private static final String NEXT = "next-group";

  private final List<GroupDriver> partitions = new ArrayList<>();

  /** The records under way, by the way from their sender to their partition. */
  private final Map<String, Deque<Mail>> ways = new TreeMap<>();

  private final Random random;

  private record Mail(byte[] key, byte[] value, Headers headers, long timestamp) {}

  GroupPartitions(int count, Random random) {
    this.random = random;
    for (int i = 0; i < count; i++) {
      partitions.add(new GroupDriver(NEXT));
    }
  }

  /** Puts an event on its way behind all that its sender sent to the same partition. */
  void send(String sender, GroupedEvent event) {
    Headers headers = new RecordHeaders();
    event.writeHeaders(headers);
    post(
        sender,
        new Mail(event.visitKey().toBytes(), event.row(), headers, event.stamp().appendedAt()));
  }

  /** Runs until nothing is under way, and returns the rows of all partitions. */
  List<String> run() {
    List<String> rows = new ArrayList<>();
    while (!ways.isEmpty()) {
      List<String> open = List.copyOf(ways.keySet());
      String way = open.get(random.nextInt(open.size()));
      Mail mail = ways.get(way).removeFirst();
      if (ways.get(way).isEmpty()) {
        ways.remove(way);
      }
      int partition = partitionOf(mail.key());
      GroupDriver driver = partitions.get(partition);
      driver.send(mail.key(), mail.value(), mail.headers(), mail.timestamp());
      for (TestRecord<byte[], byte[]> next : driver.read(NEXT)) {
        post(
            "partition " + partition,
            new Mail(next.key(), next.value(), next.headers(), next.timestamp()));
      }
      rows.addAll(driver.rows());
    }
    partitions.forEach(GroupDriver::checkEquation);
    return rows;
  }

  /** Returns the stored bytes of all partitions' groups by key, as text. */
  Map<String, String> groups() {
    Map<String, String> groups = new TreeMap<>();
    for (GroupDriver partition : partitions) {
      partition
          .groups()
          .forEach(
              (key, group) -> {
                String name = new String(key, StandardCharsets.UTF_8);
                String bytes = new String(group, StandardCharsets.ISO_8859_1);
                if (groups.put(name, bytes) != null) {
                  throw new AssertionError("Two partitions have the group " + name + ".");
                }
              });
    }
    return groups;
  }

  private void post(String sender, Mail mail) {
    String way = sender + " to partition " + partitionOf(mail.key());
    ways.computeIfAbsent(way, unused -> new ArrayDeque<>()).addLast(mail);
  }

  private int partitionOf(byte[] key) {
    return Utils.toPositive(Utils.murmur2(key)) % partitions.size();
  }

  @Override
  public void close() {
    partitions.forEach(GroupDriver::close);
  }
}
