// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/** An SDK from npm, driven through {@code conformance.mjs} in a process of its own. */
final class ScriptedSdk implements Sdk {
  private static final int CALL_PATIENCE_SECONDS = 120;

  private final String title;
  private final Process process;
  private final Writer calls;
  private final Map<Long, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong();

  /**
   * Starts the process.
   *
   * @param title names it in failures and in the file of its standard error
   * @param arguments the adapter and what it is given
   */
  ScriptedSdk(String title, String... arguments) {
    this.title = title;
    Path errors =
        Path.of("target", "sdk", "conformance-" + title.replaceAll("[^a-z0-9.]+", "-") + ".err")
            .toAbsolutePath();
    this.process = SdkFlow.launch(errors, Map.of(), "conformance.mjs", arguments);
    this.calls = process.outputWriter(StandardCharsets.UTF_8);
    Thread.ofVirtual().start(this::readResults);
  }

  @Override
  public SdkClient open(URI host, String projectKey, Set<Setting> settings) {
    long client = ids.incrementAndGet();
    Map<String, Boolean> chosen =
        settings.stream()
            .collect(
                Collectors.toMap(
                    setting -> setting.name().toLowerCase(Locale.ROOT), setting -> true));
    call(client, "open", host.toString(), projectKey, chosen);
    return new Client(client);
  }

  private void readResults() {
    try (BufferedReader results = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = results.readLine(); line != null; line = results.readLine()) {
        JsonNode result = Json.parse(line);
        CompletableFuture<JsonNode> call = waiting.remove(result.path("id").asLong());
        if (result.has("error")) {
          call.completeExceptionally(
              new AssertionError(title + ": " + result.path("error").asText()));
        } else {
          call.complete(result.path("result"));
        }
      }
    } catch (IOException e) {
      waiting.values().forEach(call -> call.completeExceptionally(e));
    }
    waiting
        .values()
        .forEach(call -> call.completeExceptionally(new AssertionError(title + " ended")));
  }

  private JsonNode call(long client, String name, Object... arguments) {
    long id = ids.incrementAndGet();
    CompletableFuture<JsonNode> result = new CompletableFuture<>();
    waiting.put(id, result);
    String line =
        Json.text(Map.of("id", id, "client", client, "call", name, "args", List.of(arguments)));
    try {
      synchronized (calls) {
        calls.write(line + "\n");
        calls.flush();
      }
      return result.get(CALL_PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (IOException e) {
      throw new UncheckedIOException(title + " does not listen any more.", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError(title + ": " + name + " failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    SdkFlow.end(process);
  }

  /** One client in the process. */
  private final class Client implements SdkClient {
    private final long client;

    Client(long client) {
      this.client = client;
    }

    @Override
    public String id() {
      return call(client, "id").asText();
    }

    @Override
    public void capture(String event, Map<String, Object> properties) {
      call(client, "capture", event, properties);
    }

    @Override
    public void captureItems(String event, int count) {
      call(client, "captureItems", event, count);
    }

    @Override
    public void captureAt(String event, Instant time) {
      call(client, "captureAt", event, time.toString());
    }

    @Override
    public void identify(String id, Map<String, Object> set, Map<String, Object> setOnce) {
      call(client, "identify", id, set, setOnce);
    }

    @Override
    public void alias(String alias) {
      call(client, "alias", alias);
    }

    @Override
    public void group(String type, String key, Map<String, Object> properties) {
      call(client, "group", type, key, properties);
    }

    @Override
    public void unset(String property) {
      call(client, "unset", property);
    }

    @Override
    public void exception(String message) {
      call(client, "exception", message);
    }

    @Override
    public void generate(String prompt) {
      call(client, "generate", prompt);
    }

    @Override
    public void flush() {
      call(client, "flush");
    }

    @Override
    public void leave() {
      call(client, "leave");
    }

    @Override
    public void close() {
      call(client, "close");
    }
  }
}
