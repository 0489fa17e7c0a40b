// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone.load;

/**
 * One HTTP request of a load.
 *
 * @param path where it is posted
 * @param body its JSON
 * @param events how many events it holds
 * @param repeat whether it was sent before, event for event
 */
public record LoadRequest(String path, byte[] body, int events, boolean repeat) {

  LoadRequest asRepeat() {
    return new LoadRequest(path, body, events, true);
  }
}
