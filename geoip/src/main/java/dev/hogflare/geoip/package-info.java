// SPDX-License-Identifier: Apache-2.0
/** The addresses of clients, and where in the world they are. */
package dev.hogflare.geoip;
