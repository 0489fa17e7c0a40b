// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The scripts of the published posthog-js that come with this service, as {@code
 * scripts/update-browser-sdk} took them from the package.
 *
 * <p>Only names that the package's own list of checksums holds are looked for. A script is read
 * when it is first asked for, and kept.
 */
final class PublishedBrowserSdk implements BrowserSdk {
  private static final String FOLDER = "browser-sdk/";

  private final JsonNode integrity;
  private final byte[] license;
  private final ConcurrentMap<String, Optional<BrowserScript>> read = new ConcurrentHashMap<>();

  PublishedBrowserSdk() {
    license = mustHave("LICENSE");
    try {
      integrity = new ObjectMapper().readTree(mustHave("integrity.json"));
    } catch (IOException e) {
      throw new UncheckedIOException("The list of the browser SDK's scripts cannot be read.", e);
    }
  }

  @Override
  public Optional<BrowserScript> find(String name) {
    if (!integrity.path("files").has(name)) {
      return Optional.empty();
    }
    return read.computeIfAbsent(name, PublishedBrowserSdk::script);
  }

  @Override
  public Optional<byte[]> license() {
    return Optional.of(license);
  }

  @Override
  public boolean isVersion(String version) {
    return version.equals(version());
  }

  /** Returns the package's version. */
  String version() {
    return integrity.path("version").asText();
  }

  /** Returns the checksum that the package states for a script, as browsers write it. */
  String integrity(String name) {
    return integrity.path("files").path(name).asText();
  }

  private static Optional<BrowserScript> script(String name) {
    return resource(name + ".gz")
        .map(
            gzip -> {
              try {
                return BrowserScript.ofGzip(gzip);
              } catch (IOException e) {
                throw new UncheckedIOException("The script " + name + " is broken.", e);
              }
            });
  }

  private static byte[] mustHave(String name) {
    return resource(name)
        .orElseThrow(
            () -> new IllegalStateException("The jar lacks " + FOLDER + name + "; build it anew."));
  }

  private static Optional<byte[]> resource(String name) {
    try (InputStream in = PublishedBrowserSdk.class.getResourceAsStream(FOLDER + name)) {
      return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("The file " + name + " cannot be read from the jar.", e);
    }
  }
}
