// SPDX-License-Identifier: Apache-2.0
/** What every service process shares: settings, topics, the admin endpoint, and the life cycle. */
package dev.hogflare.runtime;
