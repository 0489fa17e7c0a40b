// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests one pipeline that runs until the last of them is done.
 *
 * <p>Persons and groups belong to a project, so that tests with project keys of their own do not
 * meet. The pipeline has a team and the group types company and project.
 */
final class SharedPipeline implements ParameterResolver {
  /** What rows carry as team_id. */
  static final long TEAM = 42;

  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(SharedPipeline.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == PipelineFixture.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .computeIfAbsent(Running.class, key -> Running.start(), Running.class)
        .pipeline();
  }

  /**
   * A pipeline with its folder.
   *
   * @param pipeline the pipeline
   * @param folder removed at the end
   */
  private record Running(PipelineFixture pipeline, Path folder) implements AutoCloseable {
    static Running start() {
      try {
        Path folder = Files.createTempDirectory("hogflare-system-tests-");
        return new Running(
            PipelineFixture.start(
                folder,
                Map.of(
                    "POSTHOG_TEAM_ID",
                    Long.toString(TEAM),
                    "POSTHOG_GROUP_TYPE_0",
                    "company",
                    "POSTHOG_GROUP_TYPE_1",
                    "project")),
            folder);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      pipeline.close();
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }
}
