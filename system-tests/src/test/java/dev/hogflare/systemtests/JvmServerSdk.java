// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import com.posthog.server.PostHog;
import com.posthog.server.PostHogCaptureOptions;
import com.posthog.server.PostHogConfig;
import com.posthog.server.PostHogInterface;
import java.net.URI;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** posthog-server. It knows no current user: a client holds one. */
final class JvmServerSdk implements Sdk {
  @Override
  public SdkClient open(URI host, String projectKey, Set<Setting> settings) {
    PostHogInterface posthog =
        PostHog.with(
            PostHogConfig.builder(projectKey)
                .host(host.toString())
                .preloadFeatureFlags(false)
                .flushIntervalSeconds(1)
                .build());
    return new Client(posthog, settings.contains(Setting.PERSONLESS));
  }

  @Override
  public void close() {
    // Clients are closed one by one.
  }

  /** One client. */
  private static final class Client implements SdkClient {
    private final PostHogInterface posthog;
    private final boolean personless;
    private final Map<String, String> groups = new HashMap<>();
    private String user = UUID.randomUUID().toString();

    Client(PostHogInterface posthog, boolean personless) {
      this.posthog = posthog;
      this.personless = personless;
    }

    @Override
    public String id() {
      return user;
    }

    @Override
    public void capture(String event, Map<String, Object> properties) {
      posthog.capture(user, event, options(properties).build());
    }

    @Override
    public void captureAt(String event, Instant time) {
      posthog.capture(user, event, options(Map.of()).timestamp(time).build());
    }

    private PostHogCaptureOptions.Builder options(Map<String, Object> properties) {
      PostHogCaptureOptions.Builder options =
          PostHogCaptureOptions.builder().properties(properties).groups(groups);
      return personless ? options.property("$process_person_profile", false) : options;
    }

    @Override
    public void identify(String id, Map<String, Object> set, Map<String, Object> setOnce) {
      posthog.identify(id, set, setOnce);
      user = id;
    }

    @Override
    public void alias(String alias) {
      posthog.alias(user, alias);
    }

    @Override
    public void group(String type, String key, Map<String, Object> properties) {
      posthog.group(user, type, key, properties);
      groups.put(type, key);
    }

    @Override
    public void exception(String message) {
      posthog.captureException(new IllegalStateException(message), user);
    }

    /** Its queue is filled by another thread, so that a flush may come too early: a timer sends. */
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
