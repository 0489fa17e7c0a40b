// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static dev.hogflare.person.EventReaderKindTest.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.EventKind;
import dev.hogflare.contract.Route;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows of session recordings, in their modern form and in hogflare's old one. */
class EventReaderRecordingTest {

  @Test
  void theModernFormBecomesOneRowOfItems() throws Exception {
    PersonEvent event =
        Sent.on(
                Route.S,
                "{'event':'$snapshot','properties':{'$session_id':'s1','$window_id':'w1',"
                    + "'$snapshot_source':'mobile','$lib':'ios','$snapshot_data':[{'type':4}],"
                    + "'other':1}}")
            .read();
    assertThat(event.kind()).isEqualTo(EventKind.RECORDING);
    assertThat(event.readsOnly()).isTrue();
    assertThat(event.update().isEmpty()).isTrue();
    assertThat(event.row().event()).isEqualTo("$snapshot_items");
    assertThat(Json.tree(event.row().properties()))
        .isEqualTo(
            Json.tree(
                "{'$session_id':'s1','$window_id':'w1','$snapshot_source':'mobile','$lib':'ios',"
                    + "'other':1,'distinct_id':'user','$snapshot_items':[{'type':4}]}"));
  }

  @Test
  void whatIsMissingHasDefaults() throws Exception {
    assertThat(
            Sent.on(Route.S, "{'properties':{'$session_id':'s1','$snapshot_data':{'type':4}}}")
                .properties())
        .as("one object becomes a list, the session is the window")
        .isEqualTo(
            Json.tree(
                "{'$session_id':'s1','$window_id':'s1','$snapshot_source':'web','$lib':'web',"
                    + "'distinct_id':'user','$snapshot_items':[{'type':4}]}"));
  }

  @Test
  void itemsBeatDataAndNeitherIsSentTwice() throws Exception {
    assertThat(
            Sent.on(
                    Route.S,
                    "{'event':'$snapshot_items','properties':{'$session_id':'s1',"
                        + "'$snapshot_items':[1],'$snapshot_data':[2]}}")
                .properties())
        .isEqualTo(
            Json.tree(
                "{'$session_id':'s1','$window_id':'s1','$snapshot_source':'web','$lib':'web',"
                    + "'distinct_id':'user','$snapshot_items':[1]}"));
    assertThat(
            Sent.on(
                    Route.S,
                    "{'properties':{'$session_id':'s1','$snapshot_items':null,"
                        + "'$snapshot_data':[2]}}")
                .properties()
                .get("$snapshot_items"))
        .isEqualTo(Json.tree("[2]"));
  }

  @Test
  void enrichmentFillsInWhatTheClientDidNotSend() throws Exception {
    assertThat(
            Sent.on(
                    Route.S,
                    "{'properties':{'$session_id':'s1','$snapshot_data':[],'$ip':'9.9.9.9'}}")
                .enrichedWith("{'$ip':'1.2.3.4','cf_ray':'r'}")
                .properties())
        .isEqualTo(
            Json.tree(
                "{'$session_id':'s1','$window_id':'s1','$snapshot_source':'web','$lib':'web',"
                    + "'distinct_id':'user','$snapshot_items':[],'$ip':'9.9.9.9','cf_ray':'r'}"));
  }

  @Test
  void offsetAndTimeOfSendingAreInExtra() throws Exception {
    assertThat(
            Sent.on(Route.S, "{'offset':5,'properties':{'$session_id':'s1','$snapshot_data':[]}}")
                .sentAt(1_700_000_000_000_000L)
                .extra())
        .isEqualTo(Json.tree("{'offset':5,'$sent_at':'2023-11-14T22:13:20.000000Z'}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'properties':{}}",
        "{'properties':{'$session_id':'s1'}}",
        "{'properties':{'$snapshot_data':[]}}",
        "{'properties':{'$session_id':'s1','$snapshot_data':'x'}}",
        "{'properties':{'$session_id':'s1','$snapshot_data':7}}",
        "{'properties':{'$session_id':'s1','$snapshot_data':null}}",
        "{'properties':{'$session_id':null,'$snapshot_data':[]}}",
        "{'properties':{'$session_id':7,'$snapshot_data':[]}}"
      })
  void aRecordingWithoutSessionOrSnapshotsIsRefused(String json) {
    assertRefused(Sent.on(Route.S, json), ErrorCode.INVALID_RECORDING, "$session_id");
  }

  @Test
  void theOldFormIsKeptAsItsData() throws Exception {
    PersonEvent event =
        Sent.on(
                Route.S,
                "{'token':'k','api_key':'k','$token':'k','metadata':{'distinct_id':'user'},"
                    + "'chunk':'abc','properties':null}")
            .read();
    assertThat(event.kind()).isEqualTo(EventKind.RECORDING);
    assertThat(event.row().event()).isEqualTo("$snapshot");
    assertThat(Json.tree(event.row().properties()))
        .isEqualTo(
            Json.tree(
                "{'data':{'metadata':{'distinct_id':'user'},'chunk':'abc','properties':null}}"));
    assertThat(event.row().extra()).isNull();
  }

  @Test
  void aRecordingVisitsNoGroups() throws Exception {
    assertThat(
            Sent.on(
                    Route.S,
                    "{'properties':{'$session_id':'s','$snapshot_data':[],"
                        + "'$groups':{'company':'acme'}}}")
                .read()
                .groups())
        .isEmpty();
  }
}
