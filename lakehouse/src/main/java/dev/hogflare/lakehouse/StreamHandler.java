// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.JsonBuffer;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers {@code POST /streams/{table}} as a Pipelines stream does. */
final class StreamHandler implements Handler {
  private static final Logger LOG = LoggerFactory.getLogger(StreamHandler.class);

  /** How long a request waits for those before it to reach their Parquet file. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** How much of a body that is too large is read, so that its sender gets to read the answer. */
  private static final long MOST_DRAINED = 64L << 20;

  private final Map<String, TableStream> streams;
  private final BearerToken token;
  private final int maxBody;
  private final long retryAfterSeconds;
  private final MeterRegistry registry;

  StreamHandler(Map<String, TableStream> streams, LakeConfig config, MeterRegistry registry) {
    this.streams = Map.copyOf(streams);
    token = new BearerToken(config.token());
    maxBody = config.limits().maxBody();
    retryAfterSeconds = Math.clamp(config.commitInterval().toSeconds(), 1, 30);
    this.registry = registry;
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) throws Exception {
    String name = request.path().pathParameters().get("table");
    TableStream stream = streams.get(name);
    Answer answer = answer(request, stream, name);
    LakeMetrics.answered(registry, stream == null ? "unknown" : name, answer.status().code());
    if (!answer.status().equals(Status.OK_200)) {
      drain(request);
    }
    answer.send(response);
  }

  private Answer answer(ServerRequest request, TableStream stream, String name)
      throws InterruptedException {
    if (!token.isAllowed(request)) {
      return Answer.error(
          Status.UNAUTHORIZED_401,
          "The bearer token is missing or wrong; send the header Authorization: Bearer <token>.");
    }
    if (stream == null) {
      return Answer.error(
          Status.NOT_FOUND_404,
          "There is no stream " + name + "; the streams are " + names() + ".");
    }
    OptionalLong length = request.headers().contentLength();
    if (length.orElse(0) > maxBody) {
      return tooLarge();
    }
    long room = length.orElse(maxBody);
    if (!stream.enter(room, PATIENCE)) {
      return unavailable("The lake has more rows than it can write; send this body again later.");
    }
    boolean taken = false;
    try {
      byte[] body = body(request, length);
      if (body == null) {
        return tooLarge();
      }
      taken = true;
      return Answer.accepted(stream.take(body, room));
    } catch (RefusedBodyException e) {
      return Answer.error(Status.BAD_REQUEST_400, e.getMessage());
    } catch (IOException e) {
      return unavailable(e.getMessage());
    } finally {
      if (!taken) {
        stream.leave(room);
      }
    }
  }

  private String names() {
    return String.join(", ", streams.keySet().stream().sorted().toList());
  }

  private Answer tooLarge() {
    return Answer.error(
        Status.REQUEST_ENTITY_TOO_LARGE_413,
        "The body has more than " + maxBody + " bytes; send fewer rows at once.");
  }

  private Answer unavailable(String message) {
    return Answer.error(Status.SERVICE_UNAVAILABLE_503, message).withRetryAfter(retryAfterSeconds);
  }

  /** Returns the body, or null if it is too large. */
  private byte[] body(ServerRequest request, OptionalLong length)
      throws IOException, RefusedBodyException {
    InputStream in = request.content().inputStream();
    if (length.isPresent()) {
      byte[] body = new byte[(int) length.getAsLong()];
      if (in.readNBytes(body, 0, body.length) < body.length) {
        throw new RefusedBodyException("The body ends before its Content-Length.");
      }
      return body;
    }
    byte[] body = in.readNBytes(maxBody + 1);
    return body.length > maxBody ? null : Arrays.copyOf(body, body.length);
  }

  private static void drain(ServerRequest request) {
    if (!request.content().hasEntity() || request.content().consumed()) {
      return;
    }
    try {
      InputStream in = request.content().inputStream();
      byte[] waste = new byte[1 << 16];
      long left = MOST_DRAINED;
      for (int count = in.read(waste); count > 0 && left > 0; count = in.read(waste)) {
        left -= count;
      }
    } catch (IOException | RuntimeException e) {
      LOG.debug("A sender went away before its answer", e);
    }
  }

  /** An answer in the envelope of Cloudflare's API. */
  private record Answer(Status status, byte[] body, long retryAfterSeconds) {

    static Answer accepted(int rows) {
      return new Answer(
          Status.OK_200,
          new JsonBuffer(96)
              .openObject()
              .name("success")
              .bool(true)
              .name("errors")
              .openArray()
              .closeArray()
              .name("messages")
              .openArray()
              .closeArray()
              .name("result")
              .openObject()
              .name("accepted")
              .number(rows)
              .closeObject()
              .closeObject()
              .toBytes(),
          0);
    }

    static Answer error(Status status, String message) {
      return new Answer(
          status,
          new JsonBuffer(256)
              .openObject()
              .name("success")
              .bool(false)
              .name("errors")
              .openArray()
              .openObject()
              .name("code")
              .number(status.code())
              .name("message")
              .string(message)
              .closeObject()
              .closeArray()
              .name("messages")
              .openArray()
              .closeArray()
              .name("result")
              .raw("null".getBytes(StandardCharsets.US_ASCII))
              .closeObject()
              .toBytes(),
          0);
    }

    Answer withRetryAfter(long seconds) {
      return new Answer(status, body, seconds);
    }

    void send(ServerResponse response) {
      response.status(status).header(HeaderNames.CONTENT_TYPE, "application/json");
      if (retryAfterSeconds > 0) {
        response.header(HeaderNames.RETRY_AFTER, Long.toString(retryAfterSeconds));
      }
      response.send(body);
    }
  }
}
