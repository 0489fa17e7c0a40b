// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs the launcher script in a small repository, with a JDK and a Maven that are scripts too. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
  private static final Path LAUNCHER = Path.of("..", "hogflare").toAbsolutePath().normalize();

  @TempDir Path temporary;
  private Path repository;
  private Path jdk;

  /** What a run of the script left behind. */
  private record Run(int status, String out, String err) {}

  @BeforeEach
  void layOutARepository() throws Exception {
    repository = Files.createDirectories(temporary.resolve("the repository"));
    Files.copy(LAUNCHER, repository.resolve("hogflare"));
    write("pom.xml", "<project/>");
    write("contract/pom.xml", "<project/>");
    write("contract/src/main/java/A.java", "class A {}");
    Files.createDirectories(repository.resolve("standalone"));
    write("built/standalone.jar", "");
    Files.write(
        repository.resolve("built/standalone.jar"), jarWithClassPath("lib/b.jar lib/a.jar"));
    script(
        "mvnw",
        """
        echo "$@" >>mvnw.calls
        if [ -f fails ]; then echo "[ERROR] no such thing"; exit 1; fi
        mkdir -p standalone/target/lib
        cp built/standalone.jar standalone/target/hogflare-standalone.jar
        touch standalone/target/lib/a.jar standalone/target/lib/b.jar standalone/target/lib/old.jar
        echo "[INFO] Building Hogflare Streams :: Contract 0.1.0-SNAPSHOT [2/9]"
        echo "[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 1, Time elapsed: 1 s -- in a.B"
        echo "[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 1"
        """);
    jdk = jdk("jdk 25", "25.0.1");
  }

  @Test
  void buildsOnceAndRunsTheCommandLineOnAnOrderedClassPath() throws Exception {
    Run first = hogflare("status", "--data", "a b");
    assertThat(first.status()).as(first.err()).isZero();
    assertThat(first.err()).contains("Building").contains("Built in");
    Path lib = repository.resolve("standalone/target/lib");
    assertThat(first.out())
        .contains("<dev.hogflare.standalone.HogflareMain><status><--data><a b>")
        .contains(
            "<-cp><"
                + lib.resolve("hogflare-standalone.jar")
                + ":"
                + lib.resolve("b.jar")
                + ":"
                + lib.resolve("a.jar")
                + ">")
        .contains("<--sun-misc-unsafe-memory-access=allow>");
    assertThat(lib.resolve("old.jar")).doesNotExist();

    Run second = hogflare("status");
    assertThat(second.err()).isEmpty();
    assertThat(calls()).hasSize(1);
  }

  @Test
  void buildsAgainWhenASourceChangesOrGoes() throws Exception {
    hogflare("status");
    Path source = repository.resolve("contract/src/main/java/A.java");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
    hogflare("status");
    assertThat(calls()).hasSize(2);

    Files.setLastModifiedTime(source, FileTime.from(Instant.now().minusSeconds(60)));
    hogflare("status");
    assertThat(calls()).hasSize(2);

    Files.delete(source);
    Files.setLastModifiedTime(source.getParent(), FileTime.from(Instant.now().plusSeconds(5)));
    hogflare("status");
    assertThat(calls()).hasSize(3);
  }

  @Test
  void showsTheEndOfTheLogOfABuildThatFails() throws Exception {
    write("fails", "");
    Run run = hogflare("up");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .contains("[ERROR] no such thing")
        .contains("The build failed; the whole log is " + repository.resolve("target/build.log"));
    Files.delete(repository.resolve("fails"));
    assertThat(hogflare("status").status()).isZero();
  }

  @Test
  void isCalledThroughLinksFromAnyFolder() throws Exception {
    Path link = Files.createSymbolicLink(temporary.resolve("link"), Path.of("second"));
    Files.createSymbolicLink(temporary.resolve("second"), repository.resolve("hogflare"));
    Run run = run(Map.of(), temporary, link.toString(), "status");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out()).contains("<status>");
  }

  @Test
  void usesTheCacheThatTheRecordingLeft() throws Exception {
    Run run = hogflare("up");
    assertThat(run.err()).contains("Recording a start");
    assertThat(run.out()).contains("<-XX:AOTCache=" + repository).contains("<up>");
    assertThat(hogflare("sql", "select 1").out()).contains("<-XX:AOTCache=");
  }

  @Test
  void usesASharedArchiveOnAnOlderJdk() throws Exception {
    jdk = jdk("jdk-21", "21.0.4");
    assertThat(hogflare("status").out())
        .contains("<-XX:SharedArchiveFile=")
        .doesNotContain("sun-misc-unsafe")
        .doesNotContain("AOT");
  }

  @Test
  void runsWithoutACacheWhenTheRecordingFails() throws Exception {
    Files.createFile(jdk.resolve("records-nothing"));
    Run run = hogflare("up");
    assertThat(run.status()).isZero();
    assertThat(run.err()).contains("The recording did not work out");
    assertThat(run.out()).contains("<up>").doesNotContain("AOTCache");
    assertThat(hogflare("up").err()).isEmpty();
  }

  @Test
  void keepsTheOperatorsVariablesOutOfTheRecording() throws Exception {
    run(
        Map.of("CLOUDFLARE_PIPELINE_ENDPOINT", "https://example"),
        repository,
        repository.resolve("hogflare").toString(),
        "up");
    assertThat(Files.readString(repository.resolve("target/record-start.log")))
        .contains("<warm-up>")
        .doesNotContain("https://example");
  }

  @Test
  void passesOverAJavaHomeThatIsTooOld() throws Exception {
    Path old = jdk("old", "1.8.0_402");
    Path onThePath = jdk("on-the-path", "99");
    Run run =
        run(
            Map.of(
                "JAVA_HOME",
                old.toString(),
                "PATH",
                onThePath.resolve("bin") + ":" + System.getenv("PATH")),
            repository,
            repository.resolve("hogflare").toString(),
            "status");
    assertThat(run.out()).startsWith("java of on-the-path:");
  }

  @Test
  void passesOverARuntimeWithoutACompiler() throws Exception {
    Path runtime = jdk("runtime", "98");
    Files.delete(runtime.resolve("bin/javac"));
    Path onThePath = jdk("on-the-path", "99");
    Run run =
        run(
            Map.of(
                "JAVA_HOME",
                runtime.toString(),
                "PATH",
                onThePath.resolve("bin") + ":" + System.getenv("PATH")),
            repository,
            repository.resolve("hogflare").toString(),
            "status");
    assertThat(run.out()).startsWith("java of on-the-path:");
  }

  @Test
  void testsWithProgressAndASummary() throws Exception {
    Run run = hogflare("test", "--long", "--", "-pl", "contract");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(calls()).containsExactly("-B -Dstyle.color=never verify -Plong -pl contract");
    assertThat(run.out()).contains("[2/9]   Contract").contains("Tests run: 3, Failures: 0");
    assertThat(run.out()).endsWith("tests: 2 passed, 0 failed, 1 skipped\n");
    assertThat(run.err()).contains("Every check passed in ");
    assertThat(hogflare("status").err()).contains("Building");
  }

  @Test
  void needsNoBuildAfterATestOfEverything() throws Exception {
    assertThat(hogflare("test").status()).isZero();
    assertThat(hogflare("status").err()).isEmpty();
    assertThat(calls()).hasSize(1);
  }

  @Test
  void failsWithTheTests() throws Exception {
    write("fails", "");
    Run run = hogflare("test");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("[ERROR] no such thing").contains("Failed after");
  }

  @Test
  void saysNotThatEveryCheckPassedWhereMavenIgnoredAFailure() throws Exception {
    write("contract/target/surefire-reports/TEST-a.Old.xml", report("a.Old", 0, 1));
    Files.setLastModifiedTime(
        repository.resolve("contract/target/surefire-reports/TEST-a.Old.xml"),
        FileTime.from(Instant.now().minusSeconds(60)));
    script(
        "mvnw",
        """
        mkdir -p contract/target/surefire-reports contract/target/failsafe-reports
        cp reports/B contract/target/surefire-reports/TEST-a.B.xml
        cp reports/CIT contract/target/failsafe-reports/TEST-a.CIT.xml
        cp reports/D contract/target/surefire-reports/TEST-a.D.xml
        echo "[ERROR] Tests run: 7, Failures: 1, Errors: 2, Skipped: 0"
        """);
    write("reports/B", report("a.B", 0, 0));
    write("reports/CIT", report("a.CIT", 2, 0));
    write("reports/D", report("a.D", 0, 1));
    Run run = hogflare("test", "--", "-Dmaven.test.failure.ignore=true");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err())
        .contains("a.CIT: 2 of 7 failed", "a.D: 1 of 7 failed", "Failed after")
        .doesNotContain("a.B", "a.Old", "passed");
    assertThat(run.out()).doesNotContain("passed");
  }

  private static String report(String name, int errors, int failures) {
    return """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuite xmlns:xsi="http://x" version="3.0.2" name="%s" time="0.1" tests="7" errors="%d" skipped="0" failures="%d">
        </testsuite>
        """
        .formatted(name, errors, failures);
  }

  @Test
  void saysWhatTestKnows() throws Exception {
    Run run = hogflare("test", "--log");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("hogflare test knows --long").contains("'--log' is neither");
    assertThat(hogflare("test", "--help").out()).contains("Usage: hogflare test");
  }

  @Test
  void takesOverTheLockOfABuildThatDied() throws Exception {
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    write("target/.build-lock/pid", dead.pid() + "\n");
    assertThat(hogflare("status").status()).isZero();
    assertThat(repository.resolve("target/.build-lock")).doesNotExist();
  }

  private Run hogflare(String... arguments) throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = repository.resolve("hogflare").toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return run(Map.of(), repository, command);
  }

  private Run run(Map<String, String> environment, Path folder, String... command)
      throws Exception {
    Path out = temporary.resolve("out");
    Path err = temporary.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().remove("JAVA_OPTS");
    builder.environment().put("JAVA_HOME", jdk.toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Run(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  /** The arguments of each call of Maven. */
  private List<String> calls() throws IOException {
    return Files.readAllLines(repository.resolve("mvnw.calls"));
  }

  private void write(String path, String content) throws IOException {
    Path file = repository.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private void script(String path, String content) throws IOException {
    write(path, "#!/bin/sh\n" + content);
    assertThat(repository.resolve(path).toFile().setExecutable(true)).isTrue();
  }

  /** A JDK whose java says what it was called with, and writes the cache that it is asked for. */
  private Path jdk(String name, String version) throws IOException {
    Path folder = temporary.resolve(name);
    String here = "../" + name + "/bin/";
    script(
        here + "java",
        """
        here=$(cd "$(dirname "$0")/.." && pwd)
        printf 'java of %s:' "$(basename "$here")"
        printf '<%s>' "$@"
        printf ' %s\\n' "$CLOUDFLARE_PIPELINE_ENDPOINT"
        [ ! -f "$here/records-nothing" ] || exit 0
        for argument in "$@"; do
          case $argument in
            -XX:AOTCacheOutput=* | -XX:ArchiveClassesAtExit=*) echo cache >"${argument#*=}" ;;
          esac
        done
        """);
    script(here + "javac", "exit 1\n");
    script(
        here + "jar",
        "exec '" + Path.of(System.getProperty("java.home"), "bin", "jar") + "' \"$@\"\n");
    Files.writeString(
        folder.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    return folder;
  }

  private static byte[] jarWithClassPath(String classPath) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath);
    manifest
        .getMainAttributes()
        .putValue("Implementation-Title", "a title that is long enough ".repeat(5));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new JarOutputStream(bytes, manifest).close();
    return bytes.toByteArray();
  }
}
