// SPDX-License-Identifier: Apache-2.0
/** A load of events that is a function of a seed, for trying the pipeline out. */
package dev.hogflare.standalone.load;
