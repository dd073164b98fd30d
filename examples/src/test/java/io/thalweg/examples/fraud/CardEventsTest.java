package io.thalweg.examples.fraud;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** JSON and binary form of events, and records that are refused. */
class CardEventsTest {

  private static final Transaction PAID =
      new Transaction(17, 1_522_576_800_000L, "c3", "t81", 42.5);
  private static final FraudReport REPORT = FraudSimulation.report(PAID);

  @Test
  void parse_ofToJson_isTheEvent() {
    assertThat(CardEvents.parse(CardEvents.toJson(PAID))).isEqualTo(PAID);
    assertThat(CardEvents.parse(CardEvents.toJson(REPORT))).isEqualTo(REPORT);
  }

  @Test
  void codec_ofEvent_restoresIt() {
    assertThat(CardEvents.CODEC.decode(CardEvents.CODEC.encode(PAID))).isEqualTo(PAID);
    assertThat(CardEvents.CODEC.decode(CardEvents.CODEC.encode(REPORT))).isEqualTo(REPORT);
  }

  @Test
  void report_ofFraud_comesAMillisecondBeforeSevenDays() {
    assertThat(REPORT.timestamp() - PAID.timestamp()).isEqualTo(7 * 86_400_000L - 1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          42.5   | "x"   | amount must be a number: x
          42.5   | null  | amount must be a number: null
          42.5   | NaN   | not json
          42.5   | "NaN" | amount must be a number: NaN
          42.5   | 1e999 | amount must be finite and not negative: Infinity
          42.5   | -1    | amount must be finite and not negative: -1.0
          ,"amount":42.5 | `` | amount must be given
          17     | -17   | id must be an integer from 0
          17     | 1.5   | id must be an integer from 0
          "c3"   | ""    | customer must not be empty
          "c3"   | 3     | customer must be a string: 3
          1522576800000 | 99999999999999999999 | timestamp must be an integer from 946684800000
          1522576800000 | 1 | timestamp must be an integer from 946684800000
          "transaction" | "refund" | type must be transaction or fraud_report: refund
          "type":"transaction", | `` | type must be given
          }      | `` | not json
          }      | }x | not json
          """)
  void parse_damagedRecord_namesTheRule(String part, String replacement, String message) {
    String json = new String(CardEvents.toJson(PAID), UTF_8);
    assertThat(json).contains(part);
    byte[] damaged = json.replace(part, replacement == null ? "" : replacement).getBytes(UTF_8);
    assertThatThrownBy(() -> CardEvents.parse(damaged))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void parse_emptyOrLongRecord_isRefused() {
    for (byte[] bytes : new byte[][] {null, {}, new byte[CardEvents.MAX_BYTES + 1]}) {
      assertThatThrownBy(() -> CardEvents.parse(bytes))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a record must have 1 to 1024 bytes");
    }
  }
}
