// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.runtime.AdminServer;
import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.ServiceProcess;
import dev.hogflare.runtime.Variable;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;

/** Runs the lake alone. */
public final class LakehouseMain {
  private LakehouseMain() {}

  /** Starts the lake as the environment says. */
  public static void main(String[] arguments) {
    ServiceProcess.run(
        "lakehouse",
        settings -> {
          LakeConfig config = LakeConfig.from(settings);
          HostPort adminAddress =
              new HostPort(
                  settings.required(Variable.HOGFLARE_ADMIN_HOST),
                  settings.wholeNumber(Variable.HOGFLARE_ADMIN_PORT, 0, 65_535));
          settings.check();
          PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
          Lakehouse lake = new Lakehouse(config, registry);
          AdminServer admin =
              new AdminServer(
                  adminAddress, registry, () -> Map.of("lakehouse", lake.health()), Map.of());
          lake.start();
          admin.start();
          return () -> {
            admin.close();
            lake.close();
          };
        });
  }
}
