// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Stamp;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageCodecTest {
  private static final long SEED = 20_260_720L;
  private static final Stamp STAMP = new Stamp(1_790_000_000_123L, 3, 42);
  private static final Stamp EARLIER = new Stamp(1_780_000_000_000L, 0, 1);
  private static final Cause CAUSE = new Cause(STAMP, 1_790_000_000_123_456L, Sent.ROW, "identify");

  private final MessageCodec codec = new MessageCodec(new EventReader());

  private static PersonEvent event(RawEvent raw) {
    try {
      return new EventReader().read(raw, STAMP);
    } catch (InvalidEventException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static RawEvent full(Route route) {
    return new RawEvent(
        new ActorKey(Events.TOKEN, "user \uD83E\uDD94"),
        Json.bytes(
            "{'event':'$identify','properties':{'$anon_distinct_id':'anon','$set':{'a':1},"
                + "'$groups':{'company':'acme'},'$session_id':'s','$snapshot_data':[],"
                + "'$group_type':'company','$group_key':'acme'}}"),
        Sent.ROW,
        route,
        1_790_000_000_123_456L,
        1_789_999_999_000_000L,
        Json.bytes("{'$ip':'1.2.3.4'}"),
        Json.bytes("{'library':'x'}"),
        7L);
  }

  private static RawEvent sparse() {
    return new RawEvent(
        new ActorKey(Events.TOKEN, "user"),
        Json.bytes("{'event':'b'}"),
        Sent.ROW,
        Route.BATCH,
        1_790_000_000_123_456L,
        null,
        null,
        null);
  }

  private static Map<String, Message> messages() {
    Map<String, Message> messages = new LinkedHashMap<>();
    messages.put("own", new Message.Own(event(sparse()), null));
    messages.put("own-full", new Message.Own(event(full(Route.E)), "anon"));
    messages.put(
        "forward",
        new Message.Forward(event(full(Route.BATCH)), "anon", 2, List.of("user", "middle")));
    messages.put("claimed", new Message.Claimed("user", 7, STAMP));
    messages.put(
        "adopt", new Message.Adopt("user", "anon", List.of("user", "other"), Claim.NONE, CAUSE));
    messages.put(
        "adopt-claimed",
        new Message.Adopt("user", "anon", List.of("user"), new Claim.Open("user", 7), CAUSE));
    messages.put("adopted", new Message.Adopted(StateCodecTest.person(), "anon", CAUSE));
    messages.put("link-to", new Message.LinkTo("root", "anon", CAUSE));
    for (MergeMode mode : MergeMode.values()) {
      messages.put(
          "join-" + mode,
          new Message.Join(
              "root",
              new UUID(1, 2),
              new Rank(true, EARLIER, new UUID(1, 2)),
              mode,
              mode == MergeMode.COUNTER ? -1 : 0,
              Claim.READ,
              CAUSE));
    }
    messages.put("absorbed", new Message.Absorbed(StateCodecTest.person(), "anon", CAUSE));
    messages.put("deleted", new Message.Deleted("user\0001", CAUSE));
    messages.put("shortcut", new Message.Shortcut(STAMP));
    messages.put("flush", new Message.Flush("user", List.of(EARLIER, STAMP), STAMP));
    messages.put("flushed", new Message.Flushed("root", List.of(EARLIER), STAMP));
    return messages;
  }

  @Test
  void anEventTooManyOfItsSenderStaysOneInTheMail() {
    RawEvent raw =
        new RawEvent(
            new ActorKey(Events.TOKEN, "user"),
            Json.bytes("{'event':'$identify','properties':{'$anon_distinct_id':'anon'}}"),
            Sent.ROW,
            Route.BATCH,
            1_790_000_000_123_456L,
            null,
            null,
            null,
            null,
            true);
    Message.Own read = (Message.Own) codec.decode(codec.encode(new Message.Own(event(raw), null)));
    assertThat(read.event().raw().overflow()).isTrue();
    assertThat(read.event().raw().claim()).isNull();
    assertThat(read.event().readsOnly()).isTrue();
    assertThat(read.event().other()).isNull();
  }

  @Test
  void everyMessageTravelsAsTheGoldenFileSays() {
    Map<String, String> sent = new LinkedHashMap<>();
    messages().forEach((name, message) -> sent.put(name, hex(codec.encode(message))));
    Map<String, String> golden = new LinkedHashMap<>();
    Golden.bytes("messages.txt").forEach((name, bytes) -> golden.put(name, hex(bytes)));
    assertThat(sent).isEqualTo(golden);
  }

  @Test
  void everyMessageIsReadFromTheGoldenFile() {
    Map<String, byte[]> golden = Golden.bytes("messages.txt");
    messages()
        .forEach(
            (name, message) ->
                assertThat(codec.decode(golden.get(name)))
                    .as(name)
                    .usingRecursiveComparison()
                    .isEqualTo(message));
  }

  @Test
  void everyMessageSaysWhetherItIsMuted() {
    messages()
        .forEach(
            (name, message) -> {
              byte[] muted = codec.encode(message, true);
              assertThat(MessageCodec.isMuted(muted)).as(name).isTrue();
              assertThat(MessageCodec.isMuted(codec.encode(message))).as(name).isFalse();
              assertThat(codec.decode(muted)).usingRecursiveComparison().isEqualTo(message);
              assertThat(MessageCodec.appendedAt(muted)).isEqualTo(message.stamp().appendedAt());
            });
    assertThat(MessageCodec.isMuted(null)).isFalse();
    assertThat(MessageCodec.isMuted(new byte[8])).isFalse();
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void anEventOfAnyRouteIsTheSameBehindTheJourney(Route route) {
    Message.Own own = new Message.Own(event(full(route)), null);
    assertThat(codec.decode(codec.encode(own))).usingRecursiveComparison().isEqualTo(own);
  }

  @Test
  void routesAndModesTravelAsTheirPlaceInTheirEnums() {
    assertThat(Route.values())
        .containsExactly(
            Route.CAPTURE,
            Route.E,
            Route.BATCH,
            Route.IDENTIFY,
            Route.ALIAS,
            Route.ENGAGE,
            Route.GROUPS,
            Route.S);
    assertThat(MergeMode.values())
        .containsExactly(
            MergeMode.GUARDED, MergeMode.DANGEROUS, MergeMode.COUNTER, MergeMode.GRANTED);
  }

  @Test
  void theAppendTimeOfTheEventLeadsEveryMessage() {
    messages()
        .forEach(
            (name, message) ->
                assertThat(MessageCodec.appendedAt(codec.encode(message)))
                    .as(name)
                    .isEqualTo(STAMP.appendedAt()));
    assertThat(MessageCodec.appendedAt(null)).isEqualTo(-1);
    assertThat(MessageCodec.appendedAt(new byte[7])).isEqualTo(-1);
    assertThat(MessageCodec.appendedAt(new byte[8])).isZero();
  }

  @Test
  void refusesNothingAndEveryBeginningOfAMessage() {
    assertThatThrownBy(() -> codec.decode(null))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage("The mail has no value.");
    Golden.bytes("messages.txt")
        .forEach(
            (name, bytes) -> {
              for (int length = 0; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThatThrownBy(() -> codec.decode(cut))
                    .as("%d bytes of %s", length, name)
                    .isInstanceOf(MalformedRecordException.class);
              }
              assertThatThrownBy(() -> codec.decode(Arrays.copyOf(bytes, bytes.length + 3)))
                  .as(name)
                  .isInstanceOf(MalformedRecordException.class)
                  .hasMessageContaining("3 bytes too many");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"0200", "0400", "03000c", "0300ff"})
  void refusesAnotherVersionOrKind(String hex) {
    assertThatThrownBy(() -> codec.decode(HexFormat.of().parseHex("0000000000000000" + hex)))
        .isInstanceOf(MalformedRecordException.class);
  }

  @Test
  void refusesAnEventThatCannotBeRead() {
    byte[] golden = Golden.bytes("messages.txt").get("own");
    String text = new String(golden, ISO_8859_1);
    byte[] broken = text.replace("{\"event\":\"b\"}", "{\"event\":\"b\"]").getBytes(ISO_8859_1);
    assertThatThrownBy(() -> codec.decode(broken))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("cannot be read");
  }

  @Test
  void refusesATokenThatCannotBe() {
    byte[] golden = Golden.bytes("messages.txt").get("own");
    String text = new String(golden, ISO_8859_1);
    byte[] broken = text.replace(Events.TOKEN, "phc\0test").getBytes(ISO_8859_1);
    assertThatThrownBy(() -> codec.decode(broken)).isInstanceOf(MalformedRecordException.class);
  }

  @Test
  void garbageIsAMessageOrIsRefusedAndNothingElse() {
    Random random = new Random(SEED);
    List<byte[]> originals = List.copyOf(Golden.bytes("messages.txt").values());
    int refused = 0;
    for (int i = 0; i < 12_000; i++) {
      byte[] bytes = originals.get(random.nextInt(originals.size())).clone();
      for (int times = 1 + random.nextInt(3); times > 0; times--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        assertThat(codec.decode(bytes)).isNotNull();
      } catch (MalformedRecordException e) {
        refused++;
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + SEED + ", try " + i + ": " + hex(bytes), e);
      }
    }
    assertThat(refused).isGreaterThan(1_000);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
