// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static dev.hogflare.contract.Golden.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class UuidsTest {
  private static final UUID DNS = UUID.fromString("6ba7b810-9dad-11d1-80b4-00c04fd430c8");

  @Test
  void derivesTheVersion5VectorOfRfc9562() {
    assertThat(Uuids.v5(DNS, utf8("www.example.com")))
        .hasToString("2ed6657d-e927-568b-95e1-2665a8aea6a2");
  }

  @Test
  void derivesTheWidelyPublishedVersion5Vector() {
    assertThat(Uuids.v5(DNS, utf8("python.org")))
        .hasToString("886313e1-3b8a-5372-9b90-0c9aee199e5d");
  }

  @Test
  void laysOutTheVersion7VectorOfRfc9562() {
    assertThat(Uuids.v7(0x017F22E279B0L, 0xCC3L, 0x18C4DC0C0C07398FL))
        .hasToString("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  }

  @Test
  void aPersonsIdIsAFunctionOfTokenAndDistinctId() {
    assertThat(Uuids.person(new ActorKey("phc_1", "user 1")))
        .isEqualTo(
            Uuids.v5(
                UUID.fromString("932979b4-65c3-4424-8467-0b66ec27bc22"), utf8("phc_1\0user 1")))
        .hasToString("6272157d-6212-5fba-a215-6c880378670c");
    assertThat(Uuids.person(new ActorKey("phc_1", "user 2")))
        .isNotEqualTo(Uuids.person(new ActorKey("phc_1", "user 1")));
    assertThat(Uuids.person(new ActorKey("phc_2", "user 1")))
        .isNotEqualTo(Uuids.person(new ActorKey("phc_1", "user 1")));
  }

  @Test
  void aSnapshotsIdIsAFunctionOfItsCause() {
    UUID row = UUID.fromString("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    UUID capture = Uuids.snapshot(row, "capture", "");
    assertThat(capture)
        .hasToString("61f13b0e-bd3e-5c85-87f7-6929bb79357f")
        .isEqualTo(Uuids.snapshot(row, "capture", ""));
    assertThat(Uuids.snapshot(row, "identify", "")).isNotEqualTo(capture);
    assertThat(Uuids.snapshot(row, "capture", "anon")).isNotEqualTo(capture);
    assertThat(Uuids.snapshot(DNS, "capture", "")).isNotEqualTo(capture);
  }

  @Test
  void theFirstPartOfARecordingHasTheIdOfItsEventAndTheOthersHaveTheirOwn() {
    UUID row = UUID.fromString("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    assertThat(Uuids.recordingPart(row, 0)).isEqualTo(row);
    assertThat(Uuids.recordingPart(row, 1))
        .hasToString("11c0c875-1436-5412-bc7d-3e12f1e5e7fe")
        .isEqualTo(Uuids.recordingPart(row, 1));
    assertThat(Uuids.recordingPart(row, 2)).isNotEqualTo(Uuids.recordingPart(row, 1));
    assertThat(Uuids.recordingPart(DNS, 1)).isNotEqualTo(Uuids.recordingPart(row, 1));
  }

  @Property
  void version5FollowsTheDefinition(@ForAll("uuids") UUID namespace, @ForAll byte[] name)
      throws NoSuchAlgorithmException {
    MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
    sha1.update(hexBytes(namespace));
    byte[] digest = sha1.digest(name);
    digest[6] = (byte) (digest[6] & 0x0F | 0x50);
    digest[8] = (byte) (digest[8] & 0x3F | 0x80);
    String hex = String.format("%032x", new BigInteger(1, digest).shiftRight(32));

    UUID derived = Uuids.v5(namespace, name);

    assertThat(derived.toString().replace("-", "")).isEqualTo(hex);
    assertThat(derived.version()).isEqualTo(5);
    assertThat(derived.variant()).isEqualTo(2);
  }

  @Property
  void version7HoldsTheTimeAnd74BitsOfTheCaller(
      @ForAll @LongRange(min = 0, max = (1L << 48) - 1) long millis,
      @ForAll long high,
      @ForAll long low) {
    UUID uuid = Uuids.v7(millis, high, low);
    assertThat(uuid.version()).isEqualTo(7);
    assertThat(uuid.variant()).isEqualTo(2);
    assertThat(uuid.getMostSignificantBits() >>> 16).isEqualTo(millis);
    assertThat(uuid.getMostSignificantBits() & 0xFFF).isEqualTo(high & 0xFFF);
    assertThat(uuid.getLeastSignificantBits() << 2).isEqualTo(low << 2);
  }

  @Property
  void version7OfALaterMillisecondSortsLater(
      @ForAll @LongRange(min = 0, max = (1L << 47) - 2) long millis,
      @ForAll long high,
      @ForAll long low) {
    assertThat(Uuids.v7(millis, high, low).toString())
        .isLessThan(Uuids.v7(millis + 1, low, high).toString());
  }

  @Property
  void readsEveryCanonicalUuidAsTheJdkDoes(@ForAll("uuids") UUID uuid) {
    String text = uuid.toString();
    assertThat(Uuids.parseOrNull(text)).isEqualTo(UUID.fromString(text));
    assertThat(Uuids.parseOrNull(text.toUpperCase(Locale.ROOT))).isEqualTo(uuid);
  }

  @Property
  void refusesAUuidWithOneWrongCharacter(
      @ForAll("uuids") UUID uuid, @ForAll("places") int place, @ForAll char wrong) {
    StringBuilder text = new StringBuilder(uuid.toString());
    boolean isDash = text.charAt(place) == '-';
    boolean fits = isDash ? wrong == '-' : "0123456789abcdefABCDEF".indexOf(wrong) >= 0;
    text.setCharAt(place, wrong);
    assertThat(Uuids.parseOrNull(text.toString()) != null).isEqualTo(fits);
  }

  @ParameterizedTest
  @NullAndEmptySource
  @ValueSource(
      strings = {
        "1-1-1-1-1",
        "017f22e279b07cc398c4dc0c0c07398f",
        "{17f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "017f22e27-9b0-7cc3-98c4-dc0c0c07398f",
        "+17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c0739٣٣",
        " 17f22e2-79b0-7cc3-98c4-dc0c0c07398f"
      })
  void refusesTextThatIsNotCanonical(String text) {
    assertThat(Uuids.parseOrNull(text)).isNull();
  }

  @Property
  void itsBytesAreBigEndian(@ForAll("uuids") UUID uuid) {
    assertThat(Uuids.bytes(uuid)).isEqualTo(hexBytes(uuid));
  }

  @Provide
  Arbitrary<UUID> uuids() {
    return Arbitraries.longs().flatMap(high -> Arbitraries.longs().map(low -> new UUID(high, low)));
  }

  @Provide
  Arbitrary<Integer> places() {
    return Arbitraries.integers().between(0, 35);
  }

  private static byte[] hexBytes(UUID uuid) {
    return HexFormat.of().parseHex(uuid.toString().replace("-", ""));
  }
}
