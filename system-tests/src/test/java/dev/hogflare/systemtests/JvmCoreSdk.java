// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import com.posthog.PersonProfiles;
import com.posthog.PostHog;
import com.posthog.PostHogConfig;
import com.posthog.PostHogInterface;
import com.posthog.errortracking.PostHogErrorTrackingConfig;
import com.posthog.internal.PostHogQueue;
import com.posthog.internal.PostHogRemoteConfig;
import com.posthog.surveys.PostHogSurveysConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.Date;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** posthog, the JVM core of the Android SDK. */
final class JvmCoreSdk implements Sdk {
  private final Path folder;

  JvmCoreSdk() {
    try {
      folder = Files.createTempDirectory("hogflare-core-sdk-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public SdkClient open(URI host, String projectKey, Set<Setting> settings) {
    PostHogConfig config = config(host, projectKey, settings.contains(Setting.PERSONLESS));
    // Without a folder it keeps no events over a failure.
    config.setStoragePrefix(folder.resolve(projectKey).toString());
    return new Client(PostHog.Companion.with(config));
  }

  /** Kotlin's default arguments, but for the three that are given; Java has to name them all. */
  private static PostHogConfig config(URI host, String projectKey, boolean personless) {
    int flushIntervalSeconds = 1;
    return new PostHogConfig(
        projectKey,
        host.toString(),
        /* debug= */ false,
        /* optOut= */ false,
        /* sendFeatureFlagEvent= */ true,
        /* featureFlagCalledCacheSize= */ 1_000,
        /* preloadFeatureFlags= */ false,
        /* evaluationContexts= */ null,
        /* setDefaultPersonProperties= */ true,
        /* remoteConfig= */ false,
        /* flushAt= */ 20,
        /* maxQueueSize= */ 1_000,
        /* maxBatchSize= */ 50,
        flushIntervalSeconds,
        /* encryption= */ null,
        /* onFeatureFlags= */ null,
        /* sessionReplay= */ false,
        /* propertiesSanitizer= */ null,
        /* getAnonymousId= */ id -> id,
        /* reuseAnonymousId= */ false,
        personless ? PersonProfiles.IDENTIFIED_ONLY : PersonProfiles.ALWAYS,
        /* surveys= */ false,
        /* proxy= */ null,
        new PostHogSurveysConfig(),
        PostHogRemoteConfig::new,
        PostHogQueue::new,
        new PostHogErrorTrackingConfig(),
        /* releaseIdentifier= */ null);
  }

  @Override
  public void close() {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One client. */
  private record Client(PostHogInterface posthog) implements SdkClient {
    @Override
    public String id() {
      return posthog.distinctId();
    }

    @Override
    public void capture(String event, Map<String, Object> properties) {
      posthog.capture(event, null, properties, null, null, null, null);
    }

    @Override
    public void captureAt(String event, Instant time) {
      posthog.capture(event, null, Map.of(), null, null, null, Date.from(time));
    }

    @Override
    public void identify(String id, Map<String, Object> set, Map<String, Object> setOnce) {
      posthog.identify(id, set, setOnce);
    }

    @Override
    public void alias(String alias) {
      posthog.alias(alias);
    }

    @Override
    public void group(String type, String key, Map<String, Object> properties) {
      posthog.group(type, key, properties);
    }

    @Override
    public void exception(String message) {
      posthog.captureException(new IllegalStateException(message), Map.of());
    }

    @Override
    public void flush() {
      posthog.flush();
    }

    @Override
    public void close() {
      posthog.close();
    }
  }
}
