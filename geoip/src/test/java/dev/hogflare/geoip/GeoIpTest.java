// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.geoip;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GeoIpTest {
  /** Never within a test: the test looks itself. */
  private static final Duration NEVER = Duration.ofHours(1);

  @TempDir private Path folder;

  private GeoIp open(byte[] cities) throws IOException {
    return GeoIp.open(
        Files.write(folder.resolve("city.mmdb"), cities),
        Optional.of(Files.write(folder.resolve("asn.mmdb"), Places.operators())),
        NEVER);
  }

  @Test
  void findsAllThatTheDatabasesKnow() throws IOException {
    try (GeoIp geo = open(Places.cities())) {
      GeoPlace place = geo.findOrNull("89.160.20.129");
      assertThat(place.cityName()).isEqualTo("Linköping");
      assertThat(place.cityConfidence()).isNull();
      assertThat(place.countryName()).isEqualTo("Sweden");
      assertThat(place.countryCode()).isEqualTo("SE");
      assertThat(place.continentName()).isEqualTo("Europe");
      assertThat(place.continentCode()).isEqualTo("EU");
      assertThat(place.postalCode()).isEqualTo("582 22");
      assertThat(place.latitude()).isEqualTo(58.4167);
      assertThat(place.longitude()).isEqualTo(15.6167);
      assertThat(place.accuracyRadius()).isEqualTo(76);
      assertThat(place.timeZone()).isEqualTo("Europe/Stockholm");
      assertThat(place.subdivisions())
          .containsExactly(new GeoPlace.Subdivision("Östergötland County", "E"));
      assertThat(place.asNumber()).isEqualTo(29_518);
      assertThat(place.asOrganization()).isEqualTo("Bredband2 AB");
      assertThat(place.databaseBuiltAt()).isEqualTo("2026-10-01T00:00:00Z");
      assertThat(geo.builtAt()).contains(Places.BUILT_AT);
      assertThat(geo.problem()).isEmpty();
    }
  }

  @Test
  void findsWhatAnIncompleteRecordHas() throws IOException {
    try (GeoIp geo = open(Places.cities())) {
      GeoPlace britain = geo.findOrNull("2.125.160.216");
      assertThat(britain.countryCode()).isEqualTo("GB");
      assertThat(britain.cityName()).isNull();
      assertThat(britain.latitude()).isNull();
      assertThat(britain.subdivisions()).isEmpty();
      assertThat(geo.findOrNull("2a02:cfc0::1").countryName()).isEqualTo("France");
      assertThat(geo.findOrNull("::ffff:2.125.160.216")).isEqualTo(britain);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8.8.8.8",
        "127.0.0.1",
        "10.1.2.3",
        "192.168.1.1",
        "172.16.0.1",
        "100.64.0.1",
        "169.254.1.1",
        "224.0.0.1",
        "0.0.0.0",
        "::1",
        "fe80::1",
        "fd00::1",
        "",
        "localhost",
        "89.160.20.129:80",
        "089.160.20.129",
        "not an address"
      })
  void knowsNoPlaceOfWhatIsNowhere(String address) throws IOException {
    try (GeoIp geo = open(Places.cities())) {
      assertThat(geo.findOrNull(address)).isNull();
      assertThat(geo.findOrNull(null)).isNull();
      assertThat(geo.problem()).isEmpty();
    }
  }

  @Test
  void isOffWithoutAFile() {
    GeoIp geo = GeoIp.open(Optional.empty(), Optional.of(folder.resolve("asn.mmdb")));
    assertThat(geo.isOn()).isFalse();
    assertThat(geo.findOrNull("89.160.20.129")).isNull();
    assertThat(geo.problem()).isEmpty();
    geo.close();
  }

  @Test
  void saysThatTheFileIsMissingAndTakesItWhenItComes() throws IOException {
    Path file = folder.resolve("late.mmdb");
    try (GeoIp geo = GeoIp.open(file, Optional.empty(), NEVER)) {
      assertThat(geo.isOn()).isTrue();
      assertThat(geo.findOrNull("89.160.20.129")).isNull();
      assertThat(geo.problem())
          .hasValue(
              "There is no file "
                  + file
                  + ". Addresses get no place from it; put a database there.");
      Files.write(file, Places.cities());
      geo.look();
      assertThat(geo.problem()).isEmpty();
      assertThat(geo.findOrNull("89.160.20.129").cityName()).isEqualTo("Linköping");
    }
  }

  @Test
  void swapsTheDatabaseWhileItRuns() throws IOException {
    Instant later = Places.BUILT_AT.plusSeconds(86_400);
    try (GeoIp geo = open(Places.cities())) {
      Path next = Files.write(folder.resolve("next"), Places.cities(later));
      Files.move(next, folder.resolve("city.mmdb"), StandardCopyOption.REPLACE_EXISTING);
      geo.look();
      assertThat(geo.findOrNull("89.160.20.129").databaseBuiltAt()).isEqualTo(later.toString());
      assertThat(geo.problem()).isEmpty();
    }
  }

  @Test
  void looksByItself() throws IOException {
    Path file = folder.resolve("watched.mmdb");
    try (GeoIp geo = GeoIp.open(file, Optional.empty(), Duration.ofMillis(10))) {
      Files.write(file, Places.cities());
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (geo.builtAt().isEmpty() && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
      assertThat(geo.builtAt()).contains(Places.BUILT_AT);
    }
  }

  @Test
  void keepsTheDatabaseWhenABrokenOneComesInItsPlace() throws IOException {
    byte[] whole = Places.cities();
    try (GeoIp geo = open(whole)) {
      Path file = folder.resolve("city.mmdb");
      Files.write(file, Arrays.copyOf(whole, whole.length / 2));
      geo.look();
      assertThat(geo.findOrNull("89.160.20.129").cityName()).isEqualTo("Linköping");
      assertThat(geo.problem().orElseThrow())
          .contains("no whole MaxMind database")
          .contains("The database of 2026-10-01T00:00:00Z stays in use");
      Files.delete(file);
      geo.look();
      assertThat(geo.findOrNull("89.160.20.129").cityName()).isEqualTo("Linköping");
      assertThat(geo.problem().orElseThrow()).contains("There is no file").contains("stays in use");
      Files.write(file, whole);
      geo.look();
      assertThat(geo.problem()).isEmpty();
    }
  }

  @Test
  void takesNoDatabaseOfAnotherKind() throws IOException {
    Path file = Files.write(folder.resolve("wrong.mmdb"), Places.operators());
    try (GeoIp geo = GeoIp.open(file, Optional.empty(), NEVER)) {
      assertThat(geo.findOrNull("89.160.20.129")).isNull();
      assertThat(geo.problem().orElseThrow())
          .contains("a database of the type GeoLite2-ASN, not one of places");
    }
  }

  @Test
  void survivesADamagedDatabaseWhateverIsDamaged() throws IOException {
    byte[] whole = Places.cities();
    Random random = new Random(20_261_001);
    Path file = folder.resolve("city.mmdb");
    for (int round = 0; round < 300; round++) {
      byte[] damaged = whole.clone();
      for (int i = 0; i < 12; i++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      Files.write(file, damaged);
      Files.setLastModifiedTime(file, FileTime.fromMillis(round));
      try (GeoIp geo = GeoIp.open(file, Optional.empty(), NEVER)) {
        geo.findOrNull("89.160.20.129");
        geo.findOrNull("2.125.160.216");
        geo.findOrNull("2a02:cfc0::1");
      }
    }
  }
}
