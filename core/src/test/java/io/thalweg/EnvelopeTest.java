package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class EnvelopeTest {

  private final Random random = new Random(7);
  private final Envelope bytes = new Envelope();
  private final ByteArrayOutputStream expected = new ByteArrayOutputStream();

  private void write(int length) {
    byte[] from = new byte[length + 3];
    random.nextBytes(from);
    bytes.write(from, 2, length);
    expected.write(from, 2, length);
  }

  private void write() {
    int one = random.nextInt();
    bytes.write(one);
    expected.write(one);
  }

  private void check() {
    assertThat(bytes.toByteArray()).isEqualTo(expected.toByteArray());
    CRC32C sum = new CRC32C();
    sum.update(expected.toByteArray());
    assertThat(bytes.checksum()).isEqualTo((int) sum.getValue());
  }

  @Property(tries = 300)
  void bytes_anyWrites_areThoseOfTheJdk(
      @ForAll List<@IntRange(min = -1, max = 700) Integer> lengths) {
    for (int length : lengths) {
      if (length < 0) {
        write();
      } else {
        write(length);
      }
    }
    check();
  }

  @Example
  void bytes_aroundEachDoubling_areThoseOfTheJdk() {
    check();
    for (int full = 64; full <= 1024; full *= 2) {
      write(full - 1 - expected.size());
      check();
      for (int i = 0; i < 3; i++) {
        write();
        check();
      }
    }
  }

  @Example
  void writing_whatIsNotThere_isRejectedAndWritesNothing() {
    assertThatThrownBy(() -> bytes.write(new byte[3], 2, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> bytes.write(new byte[3], 2, -1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    check();
  }
}
