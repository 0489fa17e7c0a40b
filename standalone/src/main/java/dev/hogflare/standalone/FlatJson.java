// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.hogflare.contract.JsonBuffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A small file with one JSON object of texts and numbers, which is replaced in one step. */
final class FlatJson {
  private static final JsonFactory JSON = new JsonFactory();

  private FlatJson() {}

  /**
   * Replaces a file, or creates it together with its folder.
   *
   * @throws CommandException if it cannot be written
   */
  static void write(Path file, JsonBuffer object) {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.createDirectories(file.getParent());
      Files.write(next, object.toBytes());
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new CommandException(
          CommandException.FAILED,
          "The file " + file + " cannot be written (" + e.getMessage() + "); make it writable.",
          e);
    }
  }

  /**
   * Reads a file; nothing if there is none, or if it is not what this class writes, because its
   * owner replaces it sooner or later.
   *
   * @throws CommandException if it is there and cannot be read
   */
  static Optional<Map<String, String>> read(Path file) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new CommandException(
          CommandException.FAILED,
          "The file " + file + " cannot be read (" + e.getMessage() + "); make it readable.",
          e);
    }
    Map<String, String> fields = new HashMap<>();
    try (JsonParser parser = JSON.createParser(bytes)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return Optional.empty();
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        fields.put(name, parser.getText());
      }
      return parser.currentToken() == JsonToken.END_OBJECT ? Optional.of(fields) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
