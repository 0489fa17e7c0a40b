// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.Stamp;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;

/** What is kept of claims, and how the processor takes the records that make them. */
class ClaimStoreTest {
  private static final Map<String, Claims> CLAIMS =
      new TreeMap<>(
          Map.of(
              "0300" + "00", Claims.NONE,
              "0301" + "00", new Claims(true, null, -1),
              "0301" + "08", new Claims(true, null, 7),
              "0302" + "0475736572" + "ac02", new Claims(true, "user", 299)));

  private final ClaimStore store = new ClaimStore(null);

  @Test
  void claimsAreStoredInThisForm() {
    CLAIMS.forEach(
        (hex, claims) -> {
          assertThat(HexFormat.of().formatHex(store.encode(claims))).isEqualTo(hex);
          assertThat(ClaimStore.decode(HexFormat.of().parseHex(hex))).isEqualTo(claims);
        });
    assertThat(ClaimStore.decode(null)).isEqualTo(Claims.NONE);
  }

  @Test
  void anythingElseIsRefused() {
    for (String hex : List.of("", "03", "0300", "0200", "030300", "030205", "03000000")) {
      assertThatThrownBy(() -> ClaimStore.decode(HexFormat.of().parseHex(hex)))
          .as(hex)
          .isInstanceOf(MalformedRecordException.class);
    }
  }

  @Test
  void theFirstToComeIsFirstForEver() {
    Claims claims = Claims.NONE.claimedBy("one", 3).claimedBy("two", 5).takenByItself();
    assertThat(claims).isEqualTo(new Claims(true, "one", 5));
    assertThat(claims.isFirst("one")).isTrue();
    assertThat(claims.isFirst("two")).isFalse();
    Claims own = Claims.NONE.takenByItself().claimedBy("one", 3);
    assertThat(own).isEqualTo(new Claims(true, null, 3));
    assertThat(own.isFirst("one")).isFalse();
  }

  private static TestRecord<byte[], byte[]> command(String id, RawCommand command, long at) {
    RecordHeaders headers = new RecordHeaders();
    command.writeHeader(headers);
    return new TestRecord<>(
        new ActorKey(Events.TOKEN, id).toBytes(),
        command.toJson(),
        headers,
        Instant.ofEpochMilli(at));
  }

  private static TestRecord<byte[], byte[]> adopt(String newcomer, long claim, long number) {
    Cause cause = new Cause(new Stamp(claim, 0, number), number, Sent.ROW, "identify");
    Message.Adopt adopt =
        new Message.Adopt(
            newcomer, "device", List.of(newcomer), new Claim.Open(newcomer, claim), cause);
    return new TestRecord<>(
        new ActorKey(Events.TOKEN, "device").toBytes(),
        new MessageCodec(new EventReader()).encode(adopt));
  }

  @Test
  void questionsWaitForTheirOwnClaimsInRecordsOfTheirOwn() {
    try (Partition partition = new Partition()) {
      int each = 500;
      for (int n = 0; n < each; n++) {
        partition.takeMail(adopt("late-" + n, 1, n));
        partition.takeMail(adopt("early-" + n, 0, n));
      }
      assertThat(partition.sentMail()).isEmpty();
      assertThat(partition.actors()).isEmpty();
      assertThat(partition.waiting()).as("questions, and two counts").isEqualTo(2 * each + 2);
      partition.takeRaw(command("device", new RawCommand.Claim("early-0"), 1));
      assertThat(receivers(partition.sentMail()))
          .as("in the order in which they came, those behind the first by the way of its person")
          .startsWith("early-0", "early-0")
          .hasSize(each);
      assertThat(partition.waiting()).isEqualTo(each + 1);
      partition.takeRaw(command("device", new RawCommand.Claim("late-0"), 2));
      assertThat(partition.sentMail()).hasSize(each);
      assertThat(partition.waiting()).isZero();
      assertThat(partition.metrics.commands()).isEqualTo(2);
      assertThat(partition.metrics.received()).isEqualTo(2);
      assertThat(partition.metrics.rows()).isZero();
    }
  }

  @Test
  void aQuestionWhoseClaimIsNotInTheLogAnyMoreDoesNotWaitForEver() {
    try (Partition partition = new Partition()) {
      partition.takeRaw(Events.raw("other", "{\"event\":\"e\"}"), 1);
      partition.takeMail(adopt("user", 0, 1));
      assertThat(receivers(partition.sentMail())).containsExactly("user");
      partition.takeMail(adopt("next", 1, 2));
      assertThat(partition.sentMail()).as("this one may come").isEmpty();
    }
  }

  private static List<String> receivers(List<TestRecord<byte[], byte[]>> mail) {
    return mail.stream().map(letter -> ActorKey.fromBytes(letter.key()).distinctId()).toList();
  }

  @Test
  void commandsAreCountedAndNoEvents() {
    try (Circuit circuit =
        new Circuit(
            new Partition(
                Partition.config(Duration.ZERO, PersonConfig.Snapshots.ALL),
                new IdentityProtocol()))) {
      circuit.partition.takeRaw(command("device", new RawCommand.Claim("user"), 1));
      circuit.take("device", "{'event':'e'}");
      assertThat(circuit.metrics().commands()).isEqualTo(1);
      assertThat(circuit.rows).hasSize(1);
      TestRecord<byte[], byte[]> unknown = command("x", new RawCommand.Claim("user"), 2);
      unknown.headers().remove(RawCommand.HEADER).add(RawCommand.HEADER, new byte[] {'x'});
      circuit.partition.takeRaw(unknown);
      circuit.settle();
      assertThat(circuit.metrics().commands()).isEqualTo(1);
      assertThat(circuit.metrics().deadLettered()).isEqualTo(1);
      assertThat(circuit.deadLetter().message()).contains("no command");
    }
  }
}
