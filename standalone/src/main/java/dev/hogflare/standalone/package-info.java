// SPDX-License-Identifier: Apache-2.0
/** The whole pipeline in one process, and the command line. */
package dev.hogflare.standalone;
