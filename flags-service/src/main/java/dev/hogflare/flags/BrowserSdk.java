// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.nio.file.Path;
import java.util.Optional;

/** Where the scripts of the browser SDK come from. */
sealed interface BrowserSdk permits BrowserSdkFolder, PublishedBrowserSdk {
  /** Returns the operator's scripts if there are any, else those that come with the service. */
  static BrowserSdk of(Optional<Path> folder) {
    return folder.<BrowserSdk>map(BrowserSdkFolder::new).orElseGet(PublishedBrowserSdk::new);
  }

  /**
   * Returns a script.
   *
   * @param name its file name, without a folder
   */
  Optional<BrowserScript> find(String name);

  /** Returns the licence of the scripts, if they come with one. */
  Optional<byte[]> license();

  /** Whether these scripts are, and stay, those of a version. */
  boolean isVersion(String version);
}
