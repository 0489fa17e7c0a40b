// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/**
 * Sends requests over keep-alive connections, each of which waits for its answer before it sends
 * the next one.
 *
 * <p>Plain sockets, so that the load costs as little as possible of the machine that it shares with
 * what is measured.
 */
final class HttpLoad {
  private final int port;
  private final int connections;
  private final LongFunction<LoadRequest> requests;
  private final AtomicLong numbers;
  private final BooleanSupplier mayGoOn;

  /**
   * Creates a load.
   *
   * @param requests makes the request of a connection, given a seed
   * @param numbers where the events' numbers come from, so that no two runs send the same event
   */
  HttpLoad(int port, int connections, LongFunction<LoadRequest> requests, AtomicLong numbers) {
    this(port, connections, requests, numbers, () -> true);
  }

  /**
   * Creates a load that waits whenever what it loads has fallen behind.
   *
   * @param mayGoOn whether the next request may be sent
   */
  HttpLoad(
      int port,
      int connections,
      LongFunction<LoadRequest> requests,
      AtomicLong numbers,
      BooleanSupplier mayGoOn) {
    this.port = port;
    this.connections = connections;
    this.requests = requests;
    this.numbers = numbers;
    this.mayGoOn = mayGoOn;
  }

  /**
   * What a load achieved.
   *
   * @param sample the events that were answered 200
   * @param requests the requests that were answered 200
   * @param p50Millis the time within which half of the answers came
   * @param p99Millis the time within which 99 of 100 answers came
   * @param refused the requests that were answered anything else
   */
  record Result(Sample sample, long requests, double p50Millis, double p99Millis, long refused) {
    double requestsPerSecond() {
      return requests * 1e9 / sample.nanos();
    }
  }

  /** Sends for a time. */
  Result run(Duration time) throws Exception {
    long end = System.nanoTime() + time.toNanos();
    List<Connection> all = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      all.add(new Connection(requests.apply(i + 1)));
    }
    Sample sample = Sample.of(() -> send(all, end));
    long[] latencies =
        all.stream()
            .flatMapToLong(c -> Arrays.stream(c.latencies, 0, c.answered))
            .sorted()
            .toArray();
    return new Result(
        sample,
        all.stream().mapToLong(c -> c.answered).sum(),
        percentile(latencies, 0.50),
        percentile(latencies, 0.99),
        all.stream().mapToLong(c -> c.refused).sum());
  }

  private static double percentile(long[] sorted, double share) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[(int) Math.min(sorted.length - 1, sorted.length * share)] / 1e6;
  }

  private static long send(List<Connection> all, long end)
      throws InterruptedException, ExecutionException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (Connection connection : all) {
        running.add(
            threads.submit(
                () -> {
                  connection.run(end);
                  return null;
                }));
      }
      for (Future<?> one : running) {
        one.get();
      }
    }
    return all.stream().mapToLong(c -> c.events).sum();
  }

  /** One connection; used by one thread. */
  private final class Connection {
    private final LoadRequest request;
    private final byte[] line = new byte[8_192];
    private long[] latencies = new long[4_096];
    private int answered;
    private long events;
    private long refused;

    Connection(LoadRequest request) {
      this.request = request;
    }

    void run(long end) throws IOException {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setTcpNoDelay(true);
        OutputStream out = socket.getOutputStream();
        InputStream in = new BufferedInputStream(socket.getInputStream(), 4_096);
        while (System.nanoTime() < end) {
          if (!mayGoOn.getAsBoolean()) {
            LockSupport.parkNanos(1_000_000);
            continue;
          }
          byte[] bytes = request.numbered(numbers.getAndAdd(request.events()));
          long start = System.nanoTime();
          out.write(bytes);
          out.flush();
          if (read(in) == 200) {
            if (answered == latencies.length) {
              latencies = Arrays.copyOf(latencies, answered * 2);
            }
            latencies[answered++] = System.nanoTime() - start;
            events += request.events();
          } else {
            refused++;
          }
        }
      }
    }

    private int read(InputStream in) throws IOException {
      String status = line(in);
      int length = 0;
      for (String header = line(in); !header.isEmpty(); header = line(in)) {
        if (header.regionMatches(true, 0, "content-length:", 0, 15)) {
          length = Integer.parseInt(header.substring(15).trim());
        }
      }
      in.skipNBytes(length);
      return Integer.parseInt(status.substring(9, 12));
    }

    private String line(InputStream in) throws IOException {
      int length = 0;
      for (int b = in.read(); b != '\n'; b = in.read()) {
        if (b < 0) {
          throw new IOException("The server closed the connection.");
        }
        line[length++] = (byte) b;
      }
      return new String(line, 0, Math.max(0, length - 1), StandardCharsets.US_ASCII);
    }
  }
}
