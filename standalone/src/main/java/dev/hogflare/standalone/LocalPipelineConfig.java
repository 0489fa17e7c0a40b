// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.catalog.CatalogConfig;
import dev.hogflare.contract.Topics;
import dev.hogflare.flags.FlagsConfig;
import dev.hogflare.forwarder.ForwarderConfig;
import dev.hogflare.gateway.GatewayConfig;
import dev.hogflare.geoip.ClientAddresses;
import dev.hogflare.group.GroupConfig;
import dev.hogflare.lakehouse.LakeConfig;
import dev.hogflare.person.PersonConfig;
import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.SettingsException;
import dev.hogflare.runtime.Variable;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The settings of everything in one process.
 *
 * @param topics the topics
 * @param partitions of each topic
 * @param kafka how to reach the embedded broker
 * @param gateway the gateway's
 * @param persons the person-processor's
 * @param groups the group-processor's
 * @param catalog the property-catalog's
 * @param forwarder the forwarder's
 * @param flags the flags-service's
 * @param lake the local lake's, or empty if the rows go to another endpoint
 * @param lakeFolder where the local lake lies, or would
 * @param places the database of places, if there is one
 * @param operators the database of autonomous systems, if there is one
 * @param clients tells clients from the proxies before them
 * @param admin where health and metrics are served
 * @param storeMegabytes memory outside the heap that all state stores share
 */
record LocalPipelineConfig(
    Topics topics,
    int partitions,
    KafkaSettings kafka,
    GatewayConfig gateway,
    PersonConfig persons,
    GroupConfig groups,
    CatalogConfig catalog,
    ForwarderConfig forwarder,
    FlagsConfig flags,
    Optional<LakeConfig> lake,
    Path lakeFolder,
    Optional<Path> places,
    Optional<Path> operators,
    ClientAddresses clients,
    HostPort admin,
    long storeMegabytes) {

  /**
   * Reads the settings of all parts.
   *
   * @param settings a completed environment
   * @param localLake whether the rows go to the local lake
   * @throws SettingsException if anything is missing or malformed
   */
  static LocalPipelineConfig from(Settings settings, boolean localLake) {
    LocalPipelineConfig config =
        new LocalPipelineConfig(
            new Topics(settings.required(Variable.HOGFLARE_TOPIC_PREFIX)),
            settings.wholeNumber(Variable.HOGFLARE_PARTITIONS, 1, 4_096),
            KafkaSettings.from(settings),
            GatewayConfig.from(settings),
            PersonConfig.from(settings),
            GroupConfig.from(settings),
            CatalogConfig.from(settings),
            ForwarderConfig.from(settings),
            FlagsConfig.from(settings),
            localLake ? Optional.of(LakeConfig.from(settings)) : Optional.empty(),
            Path.of(settings.required(Variable.HOGFLARE_LAKE_DIR)),
            settings.optional(Variable.HOGFLARE_GEOIP_DB).map(Path::of),
            settings.optional(Variable.HOGFLARE_GEOIP_ASN_DB).map(Path::of),
            settings
                .parsed(Variable.HOGFLARE_TRUSTED_PROXIES, ClientAddresses::parse)
                .orElse(ClientAddresses.DIRECT),
            new HostPort(
                settings.required(Variable.HOGFLARE_ADMIN_HOST),
                settings.wholeNumber(Variable.HOGFLARE_ADMIN_PORT, 1, 65_535)),
            settings.number(Variable.HOGFLARE_STORE_MEMORY_MB, 16, 1_000_000));
    settings.check();
    return config;
  }
}
