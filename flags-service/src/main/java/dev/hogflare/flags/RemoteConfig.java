// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.contract.JsonBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/** Writes the configuration that browser and mobile SDKs load before all else. */
final class RemoteConfig {
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{1,200}");
  private static final byte[] FALSE = ascii("false");
  private static final byte[] EMPTY = ascii("[]");
  private static final byte[] COMPRESSION = ascii("[\"gzip\",\"gzip-js\"]");

  private final Optional<String> recordingEndpoint;

  /** Creates a writer; without an endpoint, recording is off. */
  RemoteConfig(Optional<String> recordingEndpoint) {
    this.recordingEndpoint = recordingEndpoint;
  }

  /** Whether a text can be a project key. */
  static boolean isToken(String text) {
    return TOKEN.matcher(text).matches();
  }

  /** Returns the configuration of a project. */
  byte[] json(String token, boolean hasFlags) {
    return members(new JsonBuffer(1_024).openObject(), token, hasFlags).closeObject().toBytes();
  }

  /** Returns the script that gives the configuration to the browser SDK. */
  byte[] script(String token, boolean hasFlags) {
    byte[] name = new JsonBuffer(64).string(token).toBytes();
    return new JsonBuffer(1_536)
        .raw(ascii("(function(){var c=window._POSTHOG_REMOTE_CONFIG;"))
        .raw(ascii("if(!c||typeof c!==\"object\"){c=window._POSTHOG_REMOTE_CONFIG={};}c["))
        .raw(name)
        .raw(ascii("]={config:"))
        .raw(json(token, hasFlags))
        .raw(ascii(",siteApps:[]};})();\n"))
        .toBytes();
  }

  /**
   * Returns the members that {@code /flags?config=true} and {@code /decide} add, without braces.
   */
  byte[] merged(String token, boolean hasFlags) {
    JsonBuffer json = members(new JsonBuffer(1_024).openObject(), token, hasFlags);
    byte[] all =
        json.name("isAuthenticated")
            .bool(false)
            .name("toolbarParams")
            .openObject()
            .closeObject()
            .name("config")
            .openObject()
            .name("enable_collect_everything")
            .bool(true)
            .closeObject()
            .toBytes();
    return Arrays.copyOfRange(all, 1, all.length);
  }

  private JsonBuffer members(JsonBuffer json, String token, boolean hasFlags) {
    json.name("token")
        .string(token)
        .name("hasFeatureFlags")
        .bool(hasFlags)
        .name("supportedCompression")
        .raw(COMPRESSION)
        .name("analytics")
        .openObject()
        .name("endpoint")
        .string("/i/v0/e/")
        .closeObject()
        .name("elementsChainAsString")
        .bool(true)
        .name("autocapture_opt_out")
        .bool(false)
        .name("autocaptureExceptions")
        .bool(false)
        .name("errorTracking")
        .openObject()
        .name("autocaptureExceptions")
        .bool(false)
        .name("captureExtensionExceptions")
        .bool(false)
        .name("suppressionRules")
        .raw(EMPTY)
        .closeObject()
        .name("captureDeadClicks")
        .bool(false)
        .name("capturePerformance")
        .bool(false)
        .name("heatmaps")
        .bool(false)
        .name("logs")
        .openObject()
        .name("captureConsoleLogs")
        .bool(false)
        .closeObject()
        .name("sessionRecording");
    recordingEndpoint.ifPresentOrElse(endpoint -> recording(json, endpoint), () -> json.raw(FALSE));
    return json.name("surveys")
        .bool(false)
        .name("conversations")
        .bool(false)
        .name("productTours")
        .bool(false)
        .name("defaultIdentifiedOnly")
        .bool(true)
        .name("siteApps")
        .raw(EMPTY);
  }

  private static void recording(JsonBuffer json, String endpoint) {
    json.openObject()
        .name("endpoint")
        .string(endpoint)
        .name("consoleLogRecordingEnabled")
        .bool(true)
        .name("recorderVersion")
        .string("v2")
        .name("scriptConfig")
        .openObject()
        .name("script")
        .string("posthog-recorder")
        .closeObject()
        .name("version")
        .number(1)
        .closeObject();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
