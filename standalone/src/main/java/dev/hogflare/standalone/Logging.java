// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.Duration;
import ch.qos.logback.core.util.FileSize;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Decides where the log of the process goes.
 *
 * <p>Set up in code, because the file depends on the command line and reading a configuration would
 * cost a tenth of the start.
 */
final class Logging {
  private static final FileSize LARGEST_FILE = new FileSize(10 * FileSize.MB_COEFFICIENT);
  private static final int OLD_FILES = 5;

  /** The broker alone writes 2,850 lines for a start at its usual level. */
  private static final List<String> TALKATIVE =
      List.of(
          "org.apache.kafka",
          "kafka",
          "state.change.logger",
          "io.helidon",
          "org.apache.iceberg",
          "org.apache.hadoop",
          "org.apache.parquet");

  private Logging() {}

  /** Turns the log off: for commands whose answer is all that there is to say. */
  static void off() {
    LoggerContext context = context();
    context.reset();
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
    // The web server of a lake that a command opens for itself logs past SLF4J.
    SLF4JBridgeHandler.removeHandlersForRootLogger();
  }

  /** Writes the log to a file of bounded size, and our warnings to the console too. */
  static void to(Path file, Console console) {
    LoggerContext context = context();
    context.reset();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(fileAppender(context, file));
    TALKATIVE.forEach(name -> context.getLogger(name).setLevel(Level.WARN));
    // Warns whenever two transactions begin while the broker creates the topic for them.
    context.getLogger("kafka.server.DefaultAutoTopicCreationManager").setLevel(Level.ERROR);

    ConsoleAppender warnings = new ConsoleAppender(console);
    warnings.setContext(context);
    warnings.start();
    context.getLogger("dev.hogflare").addAppender(warnings);

    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }

  private static LoggerContext context() {
    return (LoggerContext) LoggerFactory.getILoggerFactory();
  }

  private static RollingFileAppender<ILoggingEvent> fileAppender(LoggerContext context, Path file) {
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setContext(context);
    appender.setFile(file.toString());

    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger{36}: %msg%n");
    encoder.start();
    appender.setEncoder(encoder);

    FixedWindowRollingPolicy rolling = new FixedWindowRollingPolicy();
    rolling.setContext(context);
    rolling.setParent(appender);
    rolling.setFileNamePattern(file + ".%i");
    rolling.setMinIndex(1);
    rolling.setMaxIndex(OLD_FILES);
    rolling.start();
    appender.setRollingPolicy(rolling);

    SizeBasedTriggeringPolicy<ILoggingEvent> trigger = new SizeBasedTriggeringPolicy<>();
    trigger.setContext(context);
    trigger.setMaxFileSize(LARGEST_FILE);
    // By default the size is looked at once a minute, in which a fault can write gigabytes; this is
    // with every line.
    trigger.setCheckIncrement(Duration.buildByMilliseconds(0));
    trigger.start();
    appender.setTriggeringPolicy(trigger);
    appender.start();
    return appender;
  }

  /** Shows warnings as one line, without their stack trace, which is in the file. */
  private static final class ConsoleAppender extends AppenderBase<ILoggingEvent> {
    private final Console console;

    ConsoleAppender(Console console) {
      this.console = console;
    }

    @Override
    protected void append(ILoggingEvent event) {
      if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
        console.warn(event.getFormattedMessage());
      }
    }
  }
}
