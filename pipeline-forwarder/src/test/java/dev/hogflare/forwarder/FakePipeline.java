// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * A stream of a sink on a loopback port: obeys a script of faults, then judges as a real one does.
 *
 * <p>Written on sockets, so that it can hang, break connections and answer by halves.
 */
final class FakePipeline implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What happens to one request. */
  sealed interface Reply {
    /** The request is judged by its content. */
    record Judge() implements Reply {}

    /** The request is judged once so many have been in flight together. */
    record JudgeAmong(int inFlight) implements Reply {}

    /** A fixed answer, which stores nothing. */
    record Answer(int status, Map<String, String> headers, String body) implements Reply {}

    /** No answer until the sink is closed. */
    record Hang() implements Reply {}

    /** The connection is reset after the request was read. */
    record Reset() implements Reply {}

    /** The rows are stored and the connection is reset before anybody is told. */
    record StoreAndReset() implements Reply {}

    /** The rows are stored, and no answer comes until the sink is closed. */
    record StoreAndHang() implements Reply {}

    /** The rows are stored, and the answer ends in the middle of its body. */
    record BrokenAnswer() implements Reply {}

    /** The headers of an answer come, and its body never does. */
    record HalfAnAnswer() implements Reply {}
  }

  /**
   * One request.
   *
   * @param at when it had been read, in nanoseconds of a steady clock
   */
  record Request(String line, Map<String, String> headers, byte[] body, long at) {}

  private final ServerSocket server;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final Queue<Reply> script = new ConcurrentLinkedQueue<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final List<String> stored = new CopyOnWriteArrayList<>();
  private final AtomicInteger concurrent = new AtomicInteger();
  private final AtomicInteger mostConcurrent = new AtomicInteger();

  private volatile Reply always = new Reply.Judge();
  private volatile int maxBytes = Integer.MAX_VALUE;
  private volatile Predicate<String> refuses = uuid -> false;
  private volatile Predicate<String> failsOn = uuid -> false;
  private volatile String token = "";

  FakePipeline() throws IOException {
    server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  static Reply answer(int status) {
    return new Reply.Answer(status, Map.of(), "");
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/stream?version=1");
  }

  /** Sets what happens to the next requests, one each. */
  FakePipeline script(Reply... replies) {
    script.addAll(Arrays.asList(replies));
    return this;
  }

  /** Sets what happens to requests beyond the script. */
  FakePipeline always(Reply reply) {
    always = reply;
    return this;
  }

  /** Answers 413 to longer bodies. */
  FakePipeline maxBytes(int bytes) {
    maxBytes = bytes;
    return this;
  }

  /** Answers 400 to bodies with such a row. */
  FakePipeline refuses(Predicate<String> uuids) {
    refuses = uuids;
    return this;
  }

  /** Answers 500 to bodies with such a row. */
  FakePipeline failsOn(Predicate<String> uuids) {
    failsOn = uuids;
    return this;
  }

  /** Answers 401 to requests with another bearer token. */
  FakePipeline token(String wanted) {
    token = wanted;
    return this;
  }

  List<Request> requests() {
    return requests;
  }

  /** Returns the uuids of the rows stored, in order. */
  List<String> stored() {
    return stored;
  }

  int mostConcurrent() {
    return mostConcurrent.get();
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    server.close();
    for (Socket connection : connections) {
      connection.close();
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket connection = server.accept();
        connections.add(connection);
        Thread.ofVirtual().start(() -> serve(connection));
      } catch (IOException e) {
        return; // Closed.
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      connection.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(connection.getInputStream());
      OutputStream out = connection.getOutputStream();
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        Request request = read(line, in);
        enter();
        try {
          requests.add(request);
          Reply scripted = script.poll();
          if (!reply(scripted == null ? always : scripted, request, connection, out)) {
            return;
          }
        } finally {
          concurrent.decrementAndGet();
        }
      }
    } catch (IOException e) {
      // The client went away, as clients do that lose patience.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      connections.remove(connection);
    }
  }

  private synchronized void enter() {
    mostConcurrent.accumulateAndGet(concurrent.incrementAndGet(), Math::max);
    notifyAll();
  }

  private synchronized void awaitInFlight(int requests) throws InterruptedException {
    while (mostConcurrent.get() < requests) {
      wait();
    }
  }

  private boolean reply(Reply reply, Request request, Socket connection, OutputStream out)
      throws IOException, InterruptedException {
    switch (reply) {
      case Reply.Judge judge -> write(out, judge(request));
      case Reply.JudgeAmong among -> {
        awaitInFlight(among.inFlight());
        write(out, judge(request));
      }
      case Reply.Answer answer -> write(out, answer);
      case Reply.Hang hang -> {
        closed.await();
        return false;
      }
      case Reply.Reset reset -> {
        connection.setSoLinger(true, 0);
        return false;
      }
      case Reply.StoreAndReset store -> {
        judge(request);
        connection.setSoLinger(true, 0);
        return false;
      }
      case Reply.StoreAndHang store -> {
        judge(request);
        closed.await();
        return false;
      }
      case Reply.BrokenAnswer broken -> {
        judge(request);
        out.write(
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{".getBytes(StandardCharsets.UTF_8));
        out.flush();
        return false;
      }
      case Reply.HalfAnAnswer half -> {
        out.write(
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{".getBytes(StandardCharsets.UTF_8));
        out.flush();
        closed.await();
        return false;
      }
    }
    return true;
  }

  private Reply.Answer judge(Request request) throws IOException {
    String sent = request.headers().getOrDefault("authorization", "");
    if (!token.isEmpty() && !sent.equals("Bearer " + token)) {
      return new Reply.Answer(401, Map.of(), "bad token");
    }
    if (request.body().length > maxBytes) {
      return new Reply.Answer(413, Map.of(), "too large");
    }
    List<String> uuids = new ArrayList<>();
    JsonNode rows = JSON.readTree(request.body());
    if (!rows.isArray()) {
      return new Reply.Answer(400, Map.of(), "not an array");
    }
    for (JsonNode row : rows) {
      uuids.add(row.path("uuid").asText());
    }
    if (uuids.stream().anyMatch(failsOn)) {
      return new Reply.Answer(500, Map.of(), "I fell over");
    }
    for (String uuid : uuids) {
      if (refuses.test(uuid)) {
        return new Reply.Answer(400, Map.of(), "I do not like " + uuid);
      }
    }
    stored.addAll(uuids);
    return new Reply.Answer(200, Map.of(), "{\"success\":true}");
  }

  private static void write(OutputStream out, Reply.Answer answer) throws IOException {
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    StringBuilder head = new StringBuilder("HTTP/1.1 " + answer.status() + " Status\r\n");
    answer.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    head.append("Content-Length: " + body.length + "\r\n\r\n");
    out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    out.write(body);
    out.flush();
  }

  private static Request read(String line, InputStream in) throws IOException {
    Map<String, String> headers = new HashMap<>();
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      int colon = header.indexOf(':');
      headers.put(
          header.substring(0, colon).toLowerCase(Locale.ROOT), header.substring(colon + 1).trim());
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new IOException("The client left in the middle of a body.");
    }
    return new Request(line, headers, body, System.nanoTime());
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }
}
