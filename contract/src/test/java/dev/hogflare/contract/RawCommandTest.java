// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RawCommandTest {
  private static final RawCommand CLAIM = new RawCommand.Claim("user \"7\"");
  private static final RawCommand CUTOVER =
      new RawCommand.Cutover(Generation.FIRST, new Generation(2));
  private static final RawCommand DELETE = new RawCommand.DeletePerson(1_700_000_000_000_000L);

  @Test
  void everyCommandIsReadBackAsItWasWritten() {
    assertThat(writtenAndRead(CLAIM)).isEqualTo(CLAIM);
    assertThat(writtenAndRead(CUTOVER)).isEqualTo(CUTOVER);
    assertThat(writtenAndRead(DELETE)).isEqualTo(DELETE);
  }

  @Test
  void theValuesAreTheDocumentedJson() {
    assertThat(text(CLAIM)).isEqualTo("{\"claimant\":\"user \\\"7\\\"\"}");
    assertThat(text(CUTOVER)).isEqualTo("{\"from\":1,\"to\":2}");
    assertThat(text(DELETE)).isEqualTo("{\"requested_at\":1700000000000000}");
  }

  @Test
  void anEventIsNoCommand() {
    assertThat(RawCommand.isCommand(new RecordHeaders())).isFalse();
    assertThat(RawCommand.isCommand(headers("claim"))).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "claim         | {}                     | The command claim has no field claimant.",
        "claim         | []                     | The command claim is no JSON object.",
        "claim         | {\"claimant\":{}}      | The command claim has no field claimant.",
        "cutover       | {\"from\":1,\"to\":0}  | The field to of the command cutover is 0, not 1 or more.",
        "cutover       | {\"from\":1}           | The command cutover has no field to.",
        "delete_person | {\"requested_at\":\"x\"} | The header requested_at holds \"x\", which is no whole number.",
        "delete_person | {}                     | The command delete_person has no field requested_at.",
        "dance         | {}                     | The header command holds \"dance\", which is no command.",
      })
  void whatIsNoCommandIsExplained(String kind, String value, String message) {
    assertThatThrownBy(() -> RawCommand.read(value.getBytes(StandardCharsets.UTF_8), headers(kind)))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage(message);
  }

  private static RawCommand writtenAndRead(RawCommand command) {
    RecordHeaders headers = new RecordHeaders();
    command.writeHeader(headers);
    return RawCommand.read(command.toJson(), headers);
  }

  private static String text(RawCommand command) {
    return new String(command.toJson(), StandardCharsets.UTF_8);
  }

  private static RecordHeaders headers(String kind) {
    RecordHeaders headers = new RecordHeaders();
    headers.add(RawCommand.HEADER, kind.getBytes(StandardCharsets.UTF_8));
    return headers;
  }
}
