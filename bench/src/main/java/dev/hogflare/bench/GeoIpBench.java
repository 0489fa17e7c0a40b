// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import com.maxmind.db.CHMCache;
import com.maxmind.db.Reader;
import dev.hogflare.geoip.CityRecord;
import dev.hogflare.geoip.GeoIp;
import dev.hogflare.geoip.IpAddresses;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Measures lookups of addresses by one thread, against the bare reader: a made-up database of
 * 200,000 networks in 20,000 cities, and addresses that are in it.
 */
final class GeoIpBench implements AutoCloseable {
  private static final int NETWORKS = 200_000;
  private static final int CITIES = 20_000;
  private static final int COUNTRIES = 200;
  private static final int ADDRESSES = 100_000;
  private static final int ROUND = 1_000;

  private final Random random = new Random(20_261_201);
  private final GeoIp geo;
  private final Reader reader;
  private final String[] addresses = new String[ADDRESSES];
  private final InetAddress[] parsed = new InetAddress[ADDRESSES];

  GeoIpBench(Path folder) throws IOException {
    Path file = Files.createDirectories(folder).resolve("places.mmdb");
    Files.write(file, database());
    geo = GeoIp.open(Optional.of(file), Optional.empty());
    reader = new Reader(file.toFile(), Reader.FileMode.MEMORY, new CHMCache(16_384));
  }

  private byte[] database() {
    GeoDatabaseWriter writer =
        new GeoDatabaseWriter("Bench-City", Instant.parse("2026-10-01T00:00:00Z"));
    Set<Integer> networks = new HashSet<>();
    while (networks.size() < NETWORKS) {
      // 11.0.0.0/24 to 99.255.255.0/24, where no network is reserved.
      networks.add((11 + random.nextInt(89)) << 16 | random.nextInt(1 << 16));
    }
    int n = 0;
    for (int network : networks) {
      String base = (network >> 16) + "." + (network >> 8 & 0xFF) + "." + (network & 0xFF) + ".";
      writer.put(base + "0/24", place(random.nextInt(CITIES)));
      if (n < ADDRESSES) {
        addresses[n] = base + random.nextInt(256);
        parsed[n] = IpAddresses.parseOrNull(addresses[n]);
        n++;
      }
    }
    return writer.toBytes();
  }

  private static Map<String, Object> place(int city) {
    int country = city % COUNTRIES;
    return Map.of(
        "city", Map.of("geoname_id", (long) city, "names", names("City " + city)),
        "continent", Map.of("code", "C" + country % 7, "names", names("Continent " + country % 7)),
        "country", Map.of("iso_code", "X" + country, "names", names("Country " + country)),
        "location",
            Map.of(
                "accuracy_radius",
                20,
                "latitude",
                city / 1_000.0,
                "longitude",
                -city / 500.0,
                "time_zone",
                "Zone/" + country),
        "postal", Map.of("code", Integer.toString(city)),
        "subdivisions",
            List.of(Map.of("iso_code", "S" + city % 900, "names", names("Part " + city % 900))));
  }

  /** Real databases have names in eight languages, which cost a reader time to pass over. */
  private static Map<String, Object> names(String name) {
    return Map.of(
        "de", name, "en", name, "es", name, "fr", name, "ja", name, "pt-BR", name, "ru", name,
        "zh-CN", name);
  }

  /** Looks addresses up as the gateway does. */
  Sample lookups(Duration time) throws Exception {
    return Sample.of(() -> rounds(time, i -> geo.findOrNull(addresses[i])));
  }

  /** Asks the reader alone, with addresses that are parsed already. */
  Sample bare(Duration time) throws Exception {
    return Sample.of(() -> rounds(time, i -> reader.get(parsed[i], CityRecord.class)));
  }

  private interface Lookup {
    Object of(int address) throws IOException;
  }

  private long rounds(Duration time, Lookup lookup) throws IOException {
    long deadline = System.nanoTime() + time.toNanos();
    long count = 0;
    while (System.nanoTime() < deadline) {
      for (int i = 0; i < ROUND; i++) {
        if (lookup.of(random.nextInt(ADDRESSES)) == null) {
          throw new IllegalStateException("An address of the database was not found.");
        }
      }
      count += ROUND;
    }
    return count;
  }

  @Override
  public void close() throws IOException {
    geo.close();
    reader.close();
  }
}
