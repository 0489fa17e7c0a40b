// SPDX-License-Identifier: Apache-2.0
/**
 * The local lake: an endpoint that speaks the Pipelines protocol, Iceberg tables on disk, SQL by
 * DuckDB.
 */
package dev.hogflare.lakehouse;
