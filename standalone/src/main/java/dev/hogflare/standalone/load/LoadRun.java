// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone.load;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends a plan to a gateway, as SDKs do: each client sends a request again until it is accepted.
 *
 * <p>Every event that was sent is accepted when {@link #run} returns: {@code accepted = sent +
 * repeats}, in events. An instance runs once; the counters may be read meanwhile.
 */
public final class LoadRun {
  private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(15);
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final LoadPlan plan;
  private final URI gateway;
  private final double rate;
  private final Duration patience;
  private final LongAdder sent = new LongAdder();
  private final LongAdder repeats = new LongAdder();
  private final LongAdder accepted = new LongAdder();
  private final LongAdder retries = new LongAdder();
  private final AtomicBoolean failed = new AtomicBoolean();
  private final AtomicBoolean enough = new AtomicBoolean();
  private volatile long start;

  /**
   * Creates a run.
   *
   * @param gateway the base URL of the gateway
   * @param rate events per second of all clients together, or 0 for as many as are accepted
   * @param patience how long a request is sent again before the run fails
   */
  public LoadRun(LoadPlan plan, URI gateway, double rate, Duration patience) {
    this.plan = plan;
    this.gateway = gateway;
    this.rate = rate;
    this.patience = patience;
  }

  /** Returns the different events of requests that were accepted. */
  public long sent() {
    return sent.sum();
  }

  /** Returns the events that were sent once more on purpose, and accepted. */
  public long repeats() {
    return repeats.sum();
  }

  /** Returns the events of all requests that were accepted. */
  public long accepted() {
    return accepted.sum();
  }

  /** Returns how often a request was sent again because it was not accepted. */
  public long retries() {
    return retries.sum();
  }

  /** Lets each client end with the request it is at, whatever of the plan is left. */
  public void finish() {
    enough.set(true);
  }

  /**
   * Sends everything, or as much as {@link #finish} lets it, and returns when all of it is
   * accepted.
   *
   * @throws IOException if a request is refused as wrong, or is not accepted in time
   */
  public void run() throws IOException, InterruptedException {
    start = System.nanoTime();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (int client = 0; client < plan.clients(); client++) {
        Iterator<LoadRequest> script = plan.script(client);
        running.add(
            clients.submit(
                () -> {
                  send(script);
                  return null;
                }));
      }
      IOException first = null;
      for (Future<?> one : running) {
        try {
          one.get();
        } catch (ExecutionException e) {
          failed.set(true);
          IOException failure =
              e.getCause() instanceof IOException io
                  ? io
                  : new IOException("A client failed: " + e.getCause(), e.getCause());
          if (first == null) {
            first = failure;
          } else {
            first.addSuppressed(failure);
          }
        } catch (InterruptedException e) {
          failed.set(true);
          clients.shutdownNow();
          throw e;
        }
      }
      if (first != null) {
        throw first;
      }
    }
  }

  private void send(Iterator<LoadRequest> script) throws IOException, InterruptedException {
    try (HttpClient http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(ANSWER_PATIENCE)
            .build()) {
      while (script.hasNext() && !enough.get() && !failed.get()) {
        pace();
        LoadRequest request = script.next();
        sendUntilAccepted(http, request);
        accepted.add(request.events());
        (request.repeat() ? repeats : sent).add(request.events());
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      failed.set(true);
      throw e;
    }
  }

  private void pace() {
    if (rate <= 0) {
      return;
    }
    long due = start + (long) (accepted.sum() / rate * 1e9);
    for (long left = due - System.nanoTime();
        left > 0 && !Thread.currentThread().isInterrupted();
        left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private void sendUntilAccepted(HttpClient http, LoadRequest load)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(gateway.resolve(load.path()))
            .timeout(ANSWER_PATIENCE)
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(load.body()))
            .build();
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      String trouble;
      try {
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        int status = answer.statusCode();
        if (status == 200) {
          return;
        }
        trouble = "it answers " + status + ": " + answer.body();
        if (status < 500 && status != 429) {
          throw new RefusedException("The gateway at " + gateway + " refuses the load: " + trouble);
        }
      } catch (RefusedException e) {
        throw e;
      } catch (IOException e) {
        // Restarting, or gone while it answered: sent again, as an SDK does.
        trouble = e.toString();
      }
      if (failed.get() || System.nanoTime() > deadline) {
        throw new IOException(
            "The gateway at "
                + gateway
                + " did not accept a request within "
                + patience.toSeconds()
                + " s; "
                + trouble);
      }
      retries.increment();
      LockSupport.parkNanos(PAUSE.toNanos());
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }

  /** An answer that will not change however often the request is sent. */
  private static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }
}
