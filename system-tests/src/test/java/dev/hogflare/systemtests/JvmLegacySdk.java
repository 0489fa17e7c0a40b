// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import com.posthog.java.HttpSender;
import com.posthog.java.PostHog;
import com.posthog.java.QueueManager;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** posthog-java, the older SDK for servers. It knows no current user: a client holds one. */
final class JvmLegacySdk implements Sdk {
  @Override
  public SdkClient open(URI host, String projectKey, Set<Setting> settings) {
    HttpSender sender = new HttpSender.Builder(projectKey).host(host.toString()).build();
    // Its own queue waits for 50 events or for seconds.
    QueueManager queue =
        new QueueManager.Builder(sender).maxTimeInQueue(Duration.ofMillis(300)).build();
    return new Client(
        new PostHog.BuilderWithCustomQueueManager(queue, sender).build(),
        settings.contains(Setting.PERSONLESS));
  }

  @Override
  public void close() {
    // Clients are closed one by one.
  }

  /** One client. */
  private static final class Client implements SdkClient {
    private final PostHog posthog;
    private final boolean personless;
    private String user = UUID.randomUUID().toString();

    Client(PostHog posthog, boolean personless) {
      this.posthog = posthog;
      this.personless = personless;
    }

    @Override
    public String id() {
      return user;
    }

    @Override
    public void capture(String event, Map<String, Object> properties) {
      Map<String, Object> all = new HashMap<>(properties);
      if (personless) {
        all.put("$process_person_profile", false);
      }
      posthog.capture(user, event, all);
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

    /** It sends by its own clock. */
    @Override
    public void flush() {
      // Nothing to do.
    }

    @Override
    public void close() {
      posthog.shutdown();
    }
  }
}
