// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;

/**
 * Stands on a port of its own in front of the gateway, remembers the requests that bring events
 * and, when told to, fails the next of them.
 */
final class FaultProxy implements AutoCloseable {
  private static final Pattern CAPTURE =
      Pattern.compile("/(e|i/v0/e|batch|capture|track|i/v1/analytics/events)/?");

  /** Longer than any SDK waits before it sends what it has. */
  private static final int FAULT_PATIENCE_SECONDS = 30;

  private final URI gateway;
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Set<Wire> wires = ConcurrentHashMap.newKeySet();
  private final Queue<Exchange> exchanges = new ConcurrentLinkedQueue<>();
  private final AtomicReference<Fault> next = new AtomicReference<>();
  private final CountDownLatch failed = new CountDownLatch(1);

  /** What happens to a request. */
  enum Fault {
    INTERNAL_ERROR("500 Internal Server Error"),
    UNAVAILABLE("503 Service Unavailable"),
    RATE_LIMITED("429 Too Many Requests"),
    TOO_LARGE("413 Content Too Large"),
    /** The connection is reset, and the gateway never sees the request. */
    RESET(null),
    /** There is no answer, and the gateway never sees the request. */
    SILENCE(null),
    /** The gateway stores the events, and the connection is reset instead of its answer. */
    ANSWER_LOST(null);

    private final String status;

    Fault(String status) {
      this.status = status;
    }
  }

  /** How events are put on the wire. */
  enum Wire {
    JSON,
    GZIP,
    BASE64
  }

  /**
   * A request with events that the gateway answered.
   *
   * @param body the request's body as it was on the wire
   * @param status the answer's status
   * @param began when it was passed on, in the time of {@link System#nanoTime}
   * @param ended when the answer was there, likewise
   */
  record Exchange(byte[] body, int status, long began, long ended) {}

  FaultProxy(URI gateway) {
    this.gateway = gateway;
    try {
      this.listener = new ServerSocket(0, 1_024, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  /** Returns the host that an SDK is given. */
  URI uri() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  /** Lets the next request that brings events fail. */
  void failNext(Fault fault) {
    next.set(fault);
  }

  /** Waits until the request that was to fail has come. */
  void awaitFailure() {
    try {
      if (!failed.await(FAULT_PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("No request came that could fail.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Returns how the events came so far. */
  Set<Wire> wires() {
    return Set.copyOf(wires);
  }

  /** Returns what the gateway has answered so far, in the order of the answers. */
  List<Exchange> exchanges() {
    return List.copyOf(exchanges);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        open.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        // Closed; a broken listener shows in the SDK's requests.
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket upstream = new Socket(gateway.getHost(), gateway.getPort())) {
      open.add(upstream);
      client.setTcpNoDelay(true);
      upstream.setTcpNoDelay(true);
      InputStream fromClient = new BufferedInputStream(client.getInputStream());
      InputStream fromGateway = new BufferedInputStream(upstream.getInputStream());
      for (Optional<HttpMessage> request = HttpMessage.request(fromClient);
          request.isPresent();
          request = HttpMessage.request(fromClient)) {
        Fault fault = faultOrNull(request.get());
        if (fault == null || fault == Fault.ANSWER_LOST) {
          long began = System.nanoTime();
          write(upstream.getOutputStream(), request.get());
          HttpMessage answer = HttpMessage.answer(fromGateway, request.get());
          if (bringsEvents(request.get())) {
            exchanges.add(
                new Exchange(request.get().body(), answer.status(), began, System.nanoTime()));
          }
          if (fault == null) {
            write(client.getOutputStream(), answer);
          }
        }
        if (fault != null) {
          failed.countDown();
        }
        if (fault == Fault.RESET || fault == Fault.ANSWER_LOST) {
          client.setSoLinger(true, 0);
          return;
        }
        if (fault == Fault.SILENCE) {
          // Until the client has had enough.
          fromClient.transferTo(OutputStream.nullOutputStream());
          return;
        }
        if (fault != null) {
          write(client.getOutputStream(), refusal(fault, request.get()));
        }
      }
    } catch (IOException e) {
      // The client or the gateway has gone: the other end sees a closed connection, as in life.
      return;
    } finally {
      open.remove(client);
    }
  }

  private static boolean bringsEvents(HttpMessage request) {
    return request.method().equals("POST") && CAPTURE.matcher(request.path()).matches();
  }

  private Fault faultOrNull(HttpMessage request) {
    if (!bringsEvents(request)) {
      return null;
    }
    wires.add(wireOf(request.body()));
    return next.getAndSet(null);
  }

  private static Wire wireOf(byte[] body) {
    if (body.length > 1 && body[0] == 0x1f && body[1] == (byte) 0x8b) {
      return Wire.GZIP;
    }
    String start =
        new String(body, 0, Math.min(body.length, 5), StandardCharsets.ISO_8859_1).strip();
    return start.startsWith("data=") ? Wire.BASE64 : Wire.JSON;
  }

  private static HttpMessage refusal(Fault fault, HttpMessage request) {
    String head =
        "HTTP/1.1 "
            + fault.status
            + "\r\nretry-after: 1\r\ncontent-length: 0\r\naccess-control-allow-origin: "
            + request.header("origin").orElse("*")
            + "\r\naccess-control-allow-credentials: true"
            + "\r\naccess-control-expose-headers: Retry-After\r\n\r\n";
    return new HttpMessage(head, new byte[0], new byte[0]);
  }

  private static void write(OutputStream out, HttpMessage message) throws IOException {
    byte[] head = message.head().getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = new byte[head.length + message.raw().length];
    System.arraycopy(head, 0, all, 0, head.length);
    System.arraycopy(message.raw(), 0, all, head.length, message.raw().length);
    out.write(all);
    out.flush();
  }

  @Override
  public void close() {
    try {
      listener.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
