// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Finds TCP ports that nothing listens on. */
final class Ports {
  private static final int ANY = 0;
  private static final int LOWEST = 20_000;

  /** Linux takes the ports of connections from 32,768 on, others from 49,152 on. */
  private static final int HIGHEST = 32_768;

  private static final int ATTEMPTS = 100;

  private Ports() {}

  /**
   * Returns a free port of the loopback address.
   *
   * <p>It is used only a second later. Outside the range from which systems take the ports of
   * connections, nobody is likely to take it in between.
   */
  static int free() {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      if (isFree(InetAddress.getLoopbackAddress(), port)) {
        return port;
      }
    }
    try (ServerSocket socket = bind(InetAddress.getLoopbackAddress(), ANY)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("The system gave no free port on the loopback address.", e);
    }
  }

  /**
   * Returns the port if it is free on the loopback address, else another one that is; 0 asks for
   * any.
   *
   * <p>The usual port is worth a try, because people and dashboards remember it.
   */
  static int freeOrOther(int usual) {
    return usual != ANY && isFree(InetAddress.getLoopbackAddress(), usual) ? usual : free();
  }

  /**
   * Makes sure that a listener could be opened now.
   *
   * @throws IOException if it could not; the message is the system's
   */
  static void requireFree(InetAddress address, int port) throws IOException {
    bind(address, port).close();
  }

  private static boolean isFree(InetAddress address, int port) {
    try {
      requireFree(address, port);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static ServerSocket bind(InetAddress address, int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    try {
      // What just stopped listening must not block a restart.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(address, port));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }
}
