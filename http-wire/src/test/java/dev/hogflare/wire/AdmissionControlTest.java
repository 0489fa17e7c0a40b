// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AdmissionControlTest {

  @Test
  void admitsUpToItsCapacityAndTakesBackWhatIsClosed() throws Exception {
    AdmissionControl control = new AdmissionControl(100);
    AdmissionControl.Permit one = control.open();
    AdmissionControl.Permit two = control.open();
    one.reserve(60);
    two.reserve(40);
    assertThatThrownBy(() -> two.reserve(1))
        .isInstanceOfSatisfying(
            RequestRefusedException.class,
            e -> assertThat(e.refusal()).isEqualTo(Refusal.OVERLOADED));
    assertThat(control.held()).isEqualTo(100);
    one.close();
    one.close();
    assertThat(control.held()).isEqualTo(40);
    two.reserve(60);
    two.close();
    assertThat(control.held()).isZero();
  }
}
