// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.cloudflare;

import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.Variable;
import java.net.URI;
import java.util.Optional;

/**
 * Where Cloudflare is and who asks it.
 *
 * @param accountId the account
 * @param token the bearer token of the management API
 * @param product by which names the catalog and its SQL are called
 * @param namespace the namespace of the tables
 * @param bucket the bucket of the tables, if one is named
 * @param catalogToken the token that sinks write with
 * @param sqlToken the token that queries are asked with
 * @param api the base of the management API
 * @param sql the base of the query API
 * @param graphql where metrics are asked for
 */
public record CloudflareConfig(
    String accountId,
    String token,
    Product product,
    String namespace,
    Optional<String> bucket,
    String catalogToken,
    String sqlToken,
    URI api,
    URI sql,
    URI graphql) {

  /** Reads the settings of somebody who cannot do without; {@link Settings#check} tells faults. */
  public static CloudflareConfig from(Settings settings) {
    String token = secret(settings, Variable.CLOUDFLARE_API_TOKEN).orElse("");
    if (token.isEmpty()) {
      settings.required(Variable.CLOUDFLARE_API_TOKEN);
    }
    String accountId = settings.required(Variable.CLOUDFLARE_ACCOUNT_ID);
    if (!accountId.matches("[A-Za-z0-9_-]*")) {
      settings.reject(
          Variable.CLOUDFLARE_ACCOUNT_ID,
          "is \"" + accountId + "\"; set it to the id alone, 32 letters and digits.");
    }
    String namespace = settings.required(Variable.HOGFLARE_CLOUDFLARE_NAMESPACE);
    if (!namespace.matches("[A-Za-z_][A-Za-z0-9_]*")) {
      settings.reject(
          Variable.HOGFLARE_CLOUDFLARE_NAMESPACE,
          "is \"" + namespace + "\"; use letters, digits and underscores, no digit first.");
    }
    Optional<String> bucket = settings.optional(Variable.CLOUDFLARE_R2_BUCKET);
    bucket
        .filter(name -> !name.matches("[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"))
        .ifPresent(
            name ->
                settings.reject(
                    Variable.CLOUDFLARE_R2_BUCKET,
                    "is \"" + name + "\"; set it to the name of a bucket, such as analytics."));
    return new CloudflareConfig(
        accountId,
        token,
        settings.choice(Variable.HOGFLARE_CLOUDFLARE_PRODUCT, Product.class),
        namespace,
        bucket,
        secret(settings, Variable.CLOUDFLARE_CATALOG_TOKEN).orElse(token),
        secret(settings, Variable.CLOUDFLARE_SQL_TOKEN).orElse(token),
        settings.url(Variable.HOGFLARE_CLOUDFLARE_API_URL),
        settings.url(Variable.HOGFLARE_CLOUDFLARE_SQL_URL),
        settings.url(Variable.HOGFLARE_CLOUDFLARE_GRAPHQL_URL));
  }

  /** Reads the settings of somebody who asks Cloudflare only if there is an account and a token. */
  public static Optional<CloudflareConfig> optional(Settings settings) {
    boolean account = settings.optional(Variable.CLOUDFLARE_ACCOUNT_ID).isPresent();
    boolean token = settings.optional(Variable.CLOUDFLARE_API_TOKEN).isPresent();
    return account && token ? Optional.of(from(settings)) : Optional.empty();
  }

  /**
   * Returns the bucket.
   *
   * @throws CloudflareException if none is named
   */
  public String requiredBucket() {
    return bucket.orElseThrow(
        () ->
            new CloudflareException(
                Variable.CLOUDFLARE_R2_BUCKET
                    + " is not set; set it to the bucket of the tables, whose catalog is on."));
  }

  // The HTTP client would quote the whole header, token and all, in the exception that it throws.
  private static Optional<String> secret(Settings settings, Variable variable) {
    Optional<String> token = settings.optional(variable);
    token.ifPresent(
        text -> {
          if (!text.chars().allMatch(c -> c > 0x20 && c < 0x7F)) {
            settings.reject(
                variable,
                "holds a blank, a control character or one beyond ASCII; set it to the token alone,"
                    + " without \"Bearer\".");
          }
        });
    return token;
  }

  /** Shows no token. */
  @Override
  public String toString() {
    return "account " + accountId + ", namespace " + namespace + ", bucket " + bucket.orElse("-");
  }
}
