// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.flags.FlagsMetrics.Outcome;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the scripts of the browser SDK from a folder: {@code /static/NAME.js} and {@code
 * /static/VERSION/NAME.js}, whatever the version is.
 */
final class AssetsHandler {
  /** Where the paths begin. */
  static final String PREFIX = "/static/";

  private static final Logger LOG = LoggerFactory.getLogger(AssetsHandler.class);

  /** No dots but those between words, so that no name leads out of the folder. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.js");

  private static final int TAG_DIGITS = 24;

  private final Optional<Path> folder;
  private final FlagsMetrics metrics;
  private final ConcurrentMap<String, Asset> read = new ConcurrentHashMap<>();

  AssetsHandler(Optional<Path> folder, FlagsMetrics metrics) {
    this.folder = folder;
    this.metrics = metrics;
  }

  /**
   * One script.
   *
   * @param bytes its text
   * @param digest tells it from another text
   * @param modified when its file was changed
   */
  record Asset(byte[] bytes, String digest, FileTime modified) {}

  void handle(ServerRequest request, ServerResponse response, String path) {
    metrics.request(Outcome.PLAIN);
    if (Replies.isNoGet(request, response)) {
      return;
    }
    Optional<Asset> asset = find(path.substring(path.lastIndexOf('/') + 1));
    if (asset.isEmpty()) {
      Replies.empty(request, response, Status.NOT_FOUND_404);
      return;
    }
    response.header(HeaderNames.CACHE_CONTROL, "public, max-age=3600");
    tagged(request, response, "W/\"" + asset.get().digest() + '"', asset.get().bytes());
  }

  /** Returns a script of the folder. */
  Optional<Asset> find(String name) {
    if (folder.isEmpty() || !NAME.matcher(name).matches()) {
      return Optional.empty();
    }
    Path file = folder.get().resolve(name);
    try {
      if (!Files.isRegularFile(file)) {
        return Optional.empty();
      }
      FileTime modified = Files.getLastModifiedTime(file);
      Asset known = read.get(name);
      if (known == null || !known.modified().equals(modified)) {
        byte[] bytes = Files.readAllBytes(file);
        known = new Asset(bytes, digest(bytes), modified);
        read.put(name, known);
      }
      return Optional.of(known);
    } catch (IOException e) {
      LOG.warn("The script {} cannot be read", file, e);
      return Optional.empty();
    }
  }

  /** Answers with a script, or with 304 if the client has it. */
  static void tagged(ServerRequest request, ServerResponse response, String tag, byte[] script) {
    response.header(HeaderNames.ETAG, tag);
    if (request.headers().contains(HeaderNames.IF_NONE_MATCH)
        && new LocalDefinitions.Document(script, tag)
            .matches(request.headers().get(HeaderNames.IF_NONE_MATCH).get())) {
      Replies.empty(request, response, Status.NOT_MODIFIED_304);
    } else {
      Replies.script(request, response, script);
    }
  }

  private static String digest(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(digest).substring(0, TAG_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java runtime has no SHA-256.", e);
    }
  }
}
