// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;

/**
 * An HTTP answer.
 *
 * @param status the status
 * @param body the body as text
 */
record Answer(int status, String body) {
  static Answer of(HttpResponse<String> response) {
    return new Answer(response.statusCode(), response.body());
  }

  JsonNode json() {
    return Json.parse(body);
  }
}
