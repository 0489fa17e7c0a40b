// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

/** The kind of program that asks for flags. */
public enum RequestRuntime {
  /** A browser or an app. */
  CLIENT,
  /** A program on a server. */
  SERVER,
  /** Nobody can tell: only flags for every runtime are evaluated. */
  UNKNOWN,
  /** The request asks for the flags of every runtime. */
  ALL
}
