package io.thalweg.storm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class SettledMarksTest {

  @Property
  void marks_comeBackAsTheyWere(
      @ForAll @Size(max = 40)
          Map<@StringLength(min = 1, max = 60) String, @LongRange(min = 0) Long> marks) {
    assertThat(SettledMarks.decode(SettledMarks.encode(marks))).isEqualTo(marks);
  }

  @Property
  void bytes_cutAnywhereOrGoingOn_areRefused(
      @ForAll @Size(min = 1, max = 5)
          Map<@StringLength(min = 1, max = 20) String, @LongRange(min = 0) Long> marks,
      @ForAll @LongRange(min = 0, max = 1000) long where) {
    byte[] bytes = SettledMarks.encode(marks);
    int cut = (int) (where % bytes.length);
    assertThatThrownBy(() -> SettledMarks.decode(Arrays.copyOf(bytes, cut)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("marks must be complete: " + cut + " bytes");
    assertThatThrownBy(() -> SettledMarks.decode(Arrays.copyOf(bytes, bytes.length + 3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("marks must end after the last mark: bytes left 3");
  }

  @Property
  void bytes_whatever_areReadOrRefusedAsAnArgument(@ForAll @Size(max = 64) byte[] bytes) {
    try {
      assertThat(SettledMarks.decode(bytes)).isNotNull();
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageMatching("(?s).*(mark|source).*");
    }
  }

  @Test
  void none_areFourBytes() {
    assertThat(SettledMarks.encode(Map.of())).isEqualTo(new byte[4]);
    assertThat(SettledMarks.decode(new byte[4])).isEmpty();
  }

  @Test
  void form_isTheOneDescribed() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(1);
    out.writeUTF("Nile/0");
    out.writeLong(17);
    assertThat(SettledMarks.encode(Map.of("Nile/0", 17L))).isEqualTo(bytes.toByteArray());
  }

  @Test
  void marks_outOfRange_areRefused() throws IOException {
    assertThatThrownBy(() -> SettledMarks.encode(Map.of("a", -1L)))
        .hasMessage("mark of a must not be negative: -1");
    assertThatThrownBy(() -> SettledMarks.encode(Map.of("", 1L)))
        .hasMessage("source must have a name: mark 1");
    assertThatThrownBy(() -> SettledMarks.decode(new byte[] {-1, -1, -1, -1}))
        .hasMessage("number of marks must not be negative: -1");
    ByteArrayOutputStream twice = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(twice);
    out.writeInt(2);
    for (int i = 0; i < 2; i++) {
      out.writeUTF("a");
      out.writeLong(i);
    }
    assertThatThrownBy(() -> SettledMarks.decode(twice.toByteArray()))
        .hasMessage("source must have one mark: a");
  }
}
