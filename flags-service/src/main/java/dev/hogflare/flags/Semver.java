// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A version of the form that PostHog compares: {@code v3.08} is 3.8.0, and what comes after a
 * hyphen sorts below the release.
 *
 * @param preRelease the parts after the hyphen
 * @param build the parts after the plus; they sort above the same version without them
 */
record Semver(long major, long minor, long patch, List<String> preRelease, List<String> build)
    implements Comparable<Semver> {
  private static final int PARTS = 3;

  /** Returns the version that a text is, or nothing if it is none. */
  static Optional<Semver> parse(String text) {
    String version = withoutPrefix(text);
    int end = version.length();
    for (int i = 0; i < version.length(); i++) {
      if (version.charAt(i) == '-' || version.charAt(i) == '+') {
        end = i;
        break;
      }
    }
    String[] parts = version.substring(0, end).split("\\.", -1);
    if (parts.length > PARTS) {
      return Optional.empty();
    }
    long[] numbers = new long[PARTS];
    for (int i = 0; i < parts.length; i++) {
      OptionalLong number = number(parts[i]);
      if (number.isEmpty()) {
        return Optional.empty();
      }
      numbers[i] = number.getAsLong();
    }
    String suffix = version.substring(end);
    int plus = suffix.indexOf('+');
    String pre = plus < 0 ? suffix : suffix.substring(0, plus);
    List<String> preRelease = List.of();
    List<String> build = List.of();
    if (!pre.isEmpty()) {
      preRelease = List.of(pre.substring(1).split("\\.", -1));
      if (!preRelease.stream().allMatch(part -> isIdentifier(part) && !hasLeadingZero(part))) {
        return Optional.empty();
      }
    }
    if (plus >= 0) {
      build = List.of(suffix.substring(plus + 1).split("\\.", -1));
      if (!build.stream().allMatch(Semver::isIdentifier)) {
        return Optional.empty();
      }
    }
    return Optional.of(new Semver(numbers[0], numbers[1], numbers[2], preRelease, build));
  }

  private static String withoutPrefix(String text) {
    return (text.startsWith("v") ? text.substring(1) : text).strip();
  }

  private static OptionalLong number(String part) {
    if (part.isEmpty() || !part.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(part));
    } catch (NumberFormatException e) {
      // More than 63 bits is no version that anyone uses.
      return OptionalLong.empty();
    }
  }

  private static boolean isIdentifier(String part) {
    return !part.isEmpty()
        && part.chars()
            .allMatch(
                c ->
                    (c >= '0' && c <= '9')
                        || (c >= 'a' && c <= 'z')
                        || (c >= 'A' && c <= 'Z')
                        || c == '-');
  }

  private static boolean hasLeadingZero(String part) {
    return part.length() > 1 && part.charAt(0) == '0' && isNumeric(part);
  }

  private static boolean isNumeric(String part) {
    return part.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  @Override
  public int compareTo(Semver other) {
    int order = compareCore(other);
    if (order == 0 && preRelease.isEmpty() != other.preRelease.isEmpty()) {
      return preRelease.isEmpty() ? 1 : -1;
    }
    if (order == 0) {
      order = compare(preRelease, other.preRelease);
    }
    return order == 0 ? compare(build, other.build) : order;
  }

  private int compareCore(Semver other) {
    return Arrays.compare(
        new long[] {major, minor, patch}, new long[] {other.major, other.minor, other.patch});
  }

  private static int compare(List<String> left, List<String> right) {
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      int order = compare(left.get(i), right.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(left.size(), right.size());
  }

  private static int compare(String left, String right) {
    boolean numeric = isNumeric(left);
    if (numeric != isNumeric(right)) {
      return numeric ? -1 : 1;
    }
    if (numeric && left.length() != right.length()) {
      return Integer.compare(left.length(), right.length());
    }
    return left.compareTo(right);
  }

  /**
   * The versions from one up to another, as tilde, caret and wildcard mean them.
   *
   * @param floor the lowest version, included
   * @param ceiling the lowest version beyond, or null if there is none
   */
  record Range(Semver floor, Semver ceiling) {
    /** Returns 1.2.3 up to 1.3.0, or nothing if this is no version. */
    static Optional<Range> tilde(String text) {
      return parse(text).map(v -> new Range(v, release(v.major, v.minor + 1, 0)));
    }

    /** Returns 1.2.3 up to the next version that may break, or nothing if this is no version. */
    static Optional<Range> caret(String text) {
      return parse(text)
          .map(
              v -> {
                if (v.major > 0) {
                  return new Range(v, release(v.major + 1, 0, 0));
                }
                return new Range(
                    v, v.minor > 0 ? release(0, v.minor + 1, 0) : release(0, 0, v.patch + 1));
              });
    }

    /** Returns what {@code 1.*} or {@code 1.2.*} stands for, or nothing if this is none. */
    static Optional<Range> wildcard(String text) {
      String[] parts = withoutPrefix(text).split("\\.", -1);
      if (Arrays.stream(parts).noneMatch(Range::isStar)) {
        // Without a star the service reads it as a caret.
        return caret(text);
      }
      if (parts.length > PARTS) {
        return Optional.empty();
      }
      long[] numbers = new long[PARTS];
      int fixed = 0;
      for (int i = 0; i < parts.length; i++) {
        boolean star = isStar(parts[i]);
        OptionalLong number = number(parts[i]);
        if (!star && (number.isEmpty() || fixed < i)) {
          return Optional.empty();
        }
        if (!star) {
          numbers[fixed++] = number.getAsLong();
        }
      }
      Semver floor = release(numbers[0], numbers[1], 0);
      return Optional.of(
          new Range(
              floor,
              switch (fixed) {
                case 0 -> null;
                case 1 -> release(numbers[0] + 1, 0, 0);
                default -> release(numbers[0], numbers[1] + 1, 0);
              }));
    }

    private static boolean isStar(String part) {
      return part.equals("*") || part.equalsIgnoreCase("x");
    }

    private static Semver release(long major, long minor, long patch) {
      return new Semver(major, minor, patch, List.of(), List.of());
    }

    /**
     * Whether a version lies in the range; one with a pre-release only does if the lowest version
     * has one, too, of the same three numbers.
     */
    boolean contains(Semver version) {
      if (!version.preRelease.isEmpty()
          && (floor.preRelease.isEmpty() || version.compareCore(floor) != 0)) {
        return false;
      }
      Semver bare =
          new Semver(version.major, version.minor, version.patch, version.preRelease, List.of());
      Semver low = new Semver(floor.major, floor.minor, floor.patch, floor.preRelease, List.of());
      return bare.compareTo(low) >= 0 && (ceiling == null || bare.compareTo(ceiling) < 0);
    }
  }
}
