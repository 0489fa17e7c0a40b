// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Posts rows to a stream that speaks the Pipelines protocol. */
final class HttpPipelineClient implements PipelineClient {
  /** How much of an answer is kept to tell the operator, in bytes. */
  private static final int DETAIL_BYTES = 200;

  private final HttpClient http;
  private final HttpRequest request;
  private final Duration timeout;
  private final InstantSource clock;

  /**
   * Creates a client of one stream.
   *
   * @param http may be shared; it must follow no redirect
   * @param timeout how long a request may take until its answer has been read
   */
  HttpPipelineClient(
      HttpClient http, ForwarderConfig.Target target, Duration timeout, InstantSource clock) {
    this.http = http;
    HttpRequest.Builder template =
        HttpRequest.newBuilder(target.endpoint())
            .version(HttpClient.Version.HTTP_1_1)
            .header("Content-Type", "application/json");
    target.token().ifPresent(token -> template.header("Authorization", "Bearer " + token));
    this.request = template.build();
    this.timeout = timeout;
    this.clock = clock;
  }

  @Override
  public Outcome send(Batch batch) throws InterruptedException {
    BatchBody body = new BatchBody(batch);
    HttpRequest post =
        HttpRequest.newBuilder(request, (name, value) -> true)
            .POST(
                HttpRequest.BodyPublishers.fromPublisher(
                    HttpRequest.BodyPublishers.ofByteArrays(body), body.length()))
            .build();
    // A request's own time limit ends with the answer's headers; this one covers its body too.
    CompletableFuture<HttpResponse<String>> answer =
        http.sendAsync(post, info -> new Beginning(DETAIL_BYTES));
    try {
      HttpResponse<String> response = answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      return Outcome.of(
          response.statusCode(),
          response.headers().firstValue("Retry-After"),
          response.body(),
          clock.instant());
    } catch (TimeoutException e) {
      return new Outcome.Unanswered(Outcome.Failure.TIMEOUT, timeout.toSeconds() + " s");
    } catch (ExecutionException e) {
      return unanswered(e.getCause());
    } finally {
      // Closes the connection of a request that is given up; does nothing to one that is over.
      answer.cancel(true);
    }
  }

  private static Outcome unanswered(Throwable cause) {
    return switch (cause) {
      case HttpTimeoutException e -> new Outcome.Unanswered(Outcome.Failure.TIMEOUT, describe(e));
      case ConnectException e -> new Outcome.Unanswered(Outcome.Failure.UNREACHABLE, describe(e));
      case IOException e -> new Outcome.Unanswered(Outcome.Failure.BROKEN, describe(e));
      case UnresolvedAddressException e ->
          new Outcome.Unanswered(Outcome.Failure.UNREACHABLE, describe(e));
      default -> throw new IllegalStateException("The HTTP client failed.", cause);
    };
  }

  private static String describe(Throwable cause) {
    String message = cause.getMessage();
    return message == null
        ? cause.getClass().getSimpleName()
        : cause.getClass().getSimpleName() + ": " + message;
  }

  /**
   * Keeps the beginning of a body and reads the rest away, so that the connection can be reused.
   */
  private static final class Beginning implements HttpResponse.BodySubscriber<String> {
    private final CompletableFuture<String> text = new CompletableFuture<>();
    private final ByteBuffer kept;

    Beginning(int bytes) {
      kept = ByteBuffer.allocate(bytes);
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
      for (ByteBuffer part : parts) {
        int count = Math.min(kept.remaining(), part.remaining());
        kept.put(part.slice(part.position(), count));
      }
    }

    @Override
    public void onError(Throwable error) {
      text.completeExceptionally(error);
    }

    @Override
    public void onComplete() {
      String raw = new String(kept.array(), 0, kept.position(), StandardCharsets.UTF_8);
      // One line of a log, whatever the sink wrote.
      text.complete(raw.replaceAll("\\p{Cntrl}+", " ").trim());
    }

    @Override
    public CompletionStage<String> getBody() {
      return text;
    }
  }

  /** Returns an HTTP client for the sinks of one forwarder. */
  static HttpClient httpClient(Duration connectTimeout) {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        // A redirected POST may become a GET, and the token would go where nobody sent it.
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(connectTimeout)
        .build();
  }
}
