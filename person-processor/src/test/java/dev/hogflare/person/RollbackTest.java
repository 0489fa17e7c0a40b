// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.Stamp;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

/**
 * A transaction fails, and Kafka Streams gives the processor that was in the middle of it the state
 * and the place of the last commit.
 */
class RollbackTest {
  private static final String RAW = "hogflare.events.raw";
  private static final String MAIL = "mail";

  private final PersonProcessor processor =
      new PersonProcessor(
          Partition.config(Duration.ZERO, PersonConfig.Snapshots.OFF),
          GenerationRecord.first(),
          new PersonMetrics(new SimpleMeterRegistry(), GenerationRecord.first().generation()),
          new IdentityProtocol(),
          RAW,
          MAIL);
  private MockProcessorContext<byte[], byte[]> context;

  /** Begins with the state of a commit before which nothing was read. */
  private void begin() {
    context = new MockProcessorContext<>();
    for (String name :
        List.of(
            PersonTopology.ACTORS,
            PersonTopology.PARKED,
            PersonTopology.CLAIMS,
            PersonTopology.GENERATION)) {
      KeyValueStore<Bytes, byte[]> store =
          Stores.keyValueStoreBuilder(
                  Stores.inMemoryKeyValueStore(name), Serdes.Bytes(), Serdes.ByteArray())
              .withLoggingDisabled()
              .build();
      store.init(context.getStateStoreContext(), store);
    }
    processor.init(context);
  }

  private void take(String topic, long offset, String id, byte[] value, Headers headers) {
    context.setRecordMetadata(topic, 0, offset);
    byte[] key = new ActorKey(Events.TOKEN, id).toBytes();
    processor.process(new Record<>(key, value, 1, headers));
  }

  private void takeClaim(long offset, String id, String claimant) {
    RawCommand.Claim claim = new RawCommand.Claim(claimant);
    RecordHeaders headers = new RecordHeaders();
    claim.writeHeader(headers);
    take(RAW, offset, id, claim.toJson(), headers);
  }

  private void takeMail(String id, Message.Mail mail) {
    byte[] value = new MessageCodec(new EventReader()).encode(mail);
    take(MAIL, 0, id, value, new RecordHeaders());
  }

  private static Message.Adopt question() {
    Cause cause = new Cause(new Stamp(1, 0, 9), 1, Sent.ROW, "identify");
    return new Message.Adopt("user", "device", List.of("user"), new Claim.Open("user", 0), cause);
  }

  @Test
  void aQuestionWaitsForAClaimThatIsReadAgain() {
    begin();
    takeClaim(0, "device", "user");
    begin();
    takeMail("device", question());
    assertThat(context.forwarded()).as("answers before the claim is read again").isEmpty();
    takeClaim(0, "device", "user");
    assertThat(context.forwarded()).as("answers").hasSize(1);
  }
}
