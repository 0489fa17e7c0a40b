// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.apache.kafka.common.utils.Exit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of {@code up}, from its first line to its last. */
final class UpSession {
  private static final Logger LOG = LoggerFactory.getLogger(UpSession.class);
  private static final Duration REFRESH = Duration.ofSeconds(1);
  private static final Duration QUIET_REFRESH = Duration.ofSeconds(10);

  private final Console console;
  private final DataFolder data;
  private final LocalPipeline pipeline;
  private final Function<URI, List<String>> usage;

  /** Closed by the garbage collector, and the folder free for others, if nobody held it. */
  private final AutoCloseable lock;

  private final CountDownLatch stopping = new CountDownLatch(1);

  /** Runs when Ctrl-C, {@code kill} or the end of the terminal begins the end of the JVM. */
  private final Thread stop = new Thread(this::stop, "stop");

  /**
   * Creates a session.
   *
   * @param lock the data folder's
   * @param usage returns lines that show how to use a gateway
   */
  UpSession(
      Console console,
      DataFolder data,
      AutoCloseable lock,
      LocalPipeline pipeline,
      Function<URI, List<String>> usage) {
    this.console = console;
    this.data = data;
    this.lock = lock;
    this.pipeline = pipeline;
    this.usage = usage;
  }

  /** Starts everything, reports, and ends with the process. */
  void run() {
    Runtime.getRuntime().addShutdownHook(stop);
    explainBrokerFailure();
    if (console.terminal()) {
      console.refresh("starting …");
    }
    try {
      pipeline.start();
      report();
      writeRunFile();
      console.say("ready: " + pipeline.gateway());
      watch();
    } catch (RuntimeException | Error e) {
      if (isStopping()) {
        LOG.info("Broken off, because the process was told to stop", e);
        awaitEnd();
      }
      pipeline.close();
      throw e;
    }
  }

  /** Whether the process was told to stop; otherwise it ends as its caller decides. */
  private boolean isStopping() {
    try {
      return !Runtime.getRuntime().removeShutdownHook(stop);
    } catch (IllegalStateException e) {
      LOG.debug("The JVM ends already", e);
      return true;
    }
  }

  /** Whoever stops the pipeline ends the process; returning would only race with that. */
  private static void awaitEnd() {
    while (true) {
      LockSupport.park();
    }
  }

  private void writeRunFile() {
    pipeline.lakeToken().ifPresent(token -> writeSecret(data.lakeToken(), token));
    RunFile.ofThisProcess(
            pipeline.gateway().toString(),
            pipeline.bootstrapServers(),
            pipeline.lake().map(URI::toString).orElse(""),
            pipeline.admin().toString())
        .write(data.runFile());
  }

  /** The file is closed to others before anything is in it. */
  private static void writeSecret(Path file, String secret) {
    try {
      Files.createDirectories(file.getParent());
      Files.deleteIfExists(file);
      if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
      Files.writeString(file, secret);
    } catch (IOException e) {
      throw new CommandException(
          CommandException.FAILED,
          "The file " + file + " cannot be written (" + e.getMessage() + "); make it writable.",
          e);
    }
  }

  /** A broker that cannot write any more ends the process; it must not do so without a word. */
  private void explainBrokerFailure() {
    Exit.Procedure procedure =
        (status, message) -> {
          console.warn(
              "The embedded broker failed and ends the process; "
                  + data.log()
                  + " has the reason. Nothing that was acknowledged is lost: start again.");
          Runtime.getRuntime().halt(status == 0 ? CommandException.FAILED : status);
        };
    Exit.setExitProcedure(procedure);
    Exit.setHaltProcedure(procedure);
  }

  private void report() {
    line("gateway", pipeline.gateway().toString());
    line("kafka", pipeline.bootstrapServers());
    line(
        "lake",
        pipeline
            .lake()
            .map(url -> url + ", tables in " + pipeline.lakeFolder().orElseThrow())
            .orElse("none, the rows go to CLOUDFLARE_PIPELINE_ENDPOINT"));
    line("admin", pipeline.admin() + "/healthz and /metrics");
    line("data", data.root().toString());
    line("log", data.log().toString());
    console.say("");
    usage.apply(pipeline.gateway()).forEach(console::say);
    console.say("");
  }

  private void line(String name, String value) {
    console.say(String.format(Locale.ROOT, "  %-9s%s", name, value));
  }

  /** Shows the figures until the process ends. */
  private void watch() {
    Duration period = console.terminal() ? REFRESH : QUIET_REFRESH;
    Figures shown = pipeline.figures();
    long shownAt = System.nanoTime();
    while (!stopsWithin(REFRESH)) {
      pipeline.saveTotals();
      long now = System.nanoTime();
      if (now - shownAt < period.minus(REFRESH.dividedBy(2)).toNanos()) {
        continue;
      }
      Figures current = figuresOr(shown);
      if (stopping.getCount() > 0 && (console.terminal() || !current.equals(shown))) {
        console.refresh(LiveLine.of(shown, current, Duration.ofNanos(now - shownAt)));
      }
      shown = current;
      shownAt = now;
    }
    awaitEnd();
  }

  private boolean stopsWithin(Duration time) {
    try {
      return stopping.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException("Nobody interrupts the main thread.", e);
    }
  }

  private Figures figuresOr(Figures last) {
    try {
      return pipeline.figures();
    } catch (RuntimeException e) {
      LOG.info("The figures of this moment are not known", e);
      return last;
    }
  }

  private void stop() {
    stopping.countDown();
    console.say("Stopping: finishing what is under way");
    long began = System.nanoTime();
    pipeline.close();
    remove(data.runFile());
    remove(data.lakeToken());
    release();
    console.say(
        String.format(Locale.ROOT, "Stopped after %.1f s.", (System.nanoTime() - began) / 1e9));
    // An orderly stop is a success, also when a signal asked for it. The hooks of libraries, some
    // of
    // which wait for minutes, have nothing left to do.
    Runtime.getRuntime().halt(0);
  }

  private static void remove(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("{} could not be removed; other commands see that its process is gone", file, e);
    }
  }

  private void release() {
    try {
      lock.close();
    } catch (Exception e) {
      LOG.warn("The lock of {} is given back by the end of the process", data.root(), e);
    }
  }
}
