// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.fixtures.TestBroker;
import dev.hogflare.runtime.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start of the process that fails leaves nothing behind. */
class FlagsMainIT {
  @TempDir Path folder;

  @Test
  void freesEveryPortWhenOneOfThemIsTaken() throws Exception {
    int own = TestBroker.freePort();
    int admin = TestBroker.freePort();
    try (TestBroker broker = new TestBroker(folder)) {
      Settings settings =
          new Settings(
              Map.of(
                  "KAFKA_BOOTSTRAP_SERVERS",
                  broker.bootstrapServers(),
                  "APP_ADDR",
                  "127.0.0.1:" + own,
                  "HOGFLARE_ADMIN_PORT",
                  Integer.toString(admin)));
      for (int taken : new int[] {own, admin}) {
        try (ServerSocket other = listenOn(taken)) {
          assertThat(other.isBound()).isTrue();
          assertThatThrownBy(() -> FlagsMain.start(settings))
              .isInstanceOf(IllegalStateException.class)
              .hasMessageContaining("cannot listen on 127.0.0.1:" + taken);
        }
        listenOn(own).close();
        listenOn(admin).close();
      }
      FlagsMain.start(settings).close();
    }
  }

  private static ServerSocket listenOn(int port) throws IOException {
    return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
  }
}
