package io.thalweg.storm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ErrorTextTest {

  @Test
  void ofName_namesFromTheData_returnsOneShortLine() {
    assertThat(ErrorText.ofName("sensor-1")).isEqualTo("sensor-1");
    assertThat(ErrorText.ofName(17L)).isEqualTo("17");
    assertThat(ErrorText.ofName(null)).isEqualTo("null");
    assertThat(ErrorText.ofName("a\nERROR forged\r\u2028\u0007\u001b[31m\u202e"))
        .isEqualTo("a�ERROR forged����[31m�");
    assertThat(ErrorText.ofName("\ud800")).isEqualTo("�");
    assertThat(ErrorText.ofName("\"quoted\" 'twice' ä \ud83d\ude00"))
        .isEqualTo("\"quoted\" 'twice' ä \ud83d\ude00");
    assertThat(ErrorText.ofName("\ud83d\ude00".repeat(10_000)))
        .isEqualTo("\ud83d\ude00".repeat(50) + "…");
  }

  @Test
  void of_messageWithControlCharacters_returnsItsFirstLineWithoutThem() {
    assertThat(ErrorText.of("value must be a number: \u001b[2J\u0000x\nALERT b"))
        .isEqualTo("value must be a number: �[2J�x");
    assertThat(ErrorText.of(new IllegalStateException())).isEqualTo("IllegalStateException");
    assertThat(ErrorText.of("x".repeat(600))).isEqualTo("x".repeat(500) + "…");
  }
}
